package ai.apertis.passthrough.limit;

import java.time.Duration;

import ai.apertis.passthrough.LimitUse;
import io.github.bucket4j.TimeMeter;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RateBuckets}.
 */
class RateBucketsTests {

	private final Clock clock = new Clock();

	@Test
	void givesBackEvenly() {
		RateBuckets buckets = RateBuckets.refilledEvenly(2, Duration.ofMinutes(1), this.clock);
		assertThat(buckets.take("a")).isNull();
		assertThat(buckets.take("a")).isNull();
		assertThat(buckets.take("a")).isEqualTo(Duration.ofSeconds(30));
		assertThat(buckets.take("b")).isNull();
		this.clock.advance(Duration.ofSeconds(30));
		assertThat(buckets.take("a")).isNull();
		assertThat(buckets.take("a")).isNotNull();
	}

	@Test
	void remembersADebtOverPeriods() {
		RateBuckets buckets = RateBuckets.refilledAtOnce(100, Duration.ofHours(1), this.clock);
		assertThat(buckets.waitForAny("a")).isNull();
		buckets.spend("a", 250);
		assertThat(buckets.waitForAny("a")).isEqualTo(Duration.ofHours(2));
		this.clock.advance(Duration.ofHours(1));
		assertThat(buckets.waitForAny("a")).isEqualTo(Duration.ofHours(1));
		this.clock.advance(Duration.ofHours(1));
		assertThat(buckets.waitForAny("a")).isNull();
	}

	@Test
	void spendsNothingForNothing() {
		RateBuckets buckets = RateBuckets.refilledAtOnce(1, Duration.ofHours(1), this.clock);
		buckets.spend("a", 0);
		assertThat(buckets.waitForAny("a")).isNull();
	}

	@Test
	void tellsWhoIsNearTheLimitUntilTheyAreNotAnyMore() {
		RateBuckets buckets = RateBuckets.refilledAtOnce(100, Duration.ofHours(1), this.clock);
		buckets.spend("modest", 79);
		buckets.spend("near", 80);
		buckets.spend("over", 150);
		assertThat(buckets.near("tokens")).containsExactly(new LimitUse("near", "tokens", 80, 100),
				new LimitUse("over", "tokens", 150, 100));
		this.clock.advance(Duration.ofHours(1));
		assertThat(buckets.near("tokens")).isEmpty();
	}

	@Test
	void remembersOnlyTheLastWhoCameNear() {
		RateBuckets buckets = RateBuckets.refilledEvenly(1, Duration.ofHours(1), this.clock);
		for (int user = 0; user < 1_000; user++) {
			buckets.take("user-" + user);
		}
		assertThat(buckets.near("requests")).hasSize(100).last().isEqualTo(new LimitUse("user-999", "requests", 1, 1));
	}

	private static final class Clock implements TimeMeter {

		private long nanos;

		void advance(Duration duration) {
			this.nanos += duration.toNanos();
		}

		@Override
		public long currentTimeNanos() {
			return this.nanos;
		}

		@Override
		public boolean isWallClockBased() {
			return false;
		}

	}

}
