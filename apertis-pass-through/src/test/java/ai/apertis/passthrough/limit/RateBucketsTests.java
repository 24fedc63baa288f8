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
	void tellsWhoIsNearTheLimitUntilTheyAreNotAnyMore() {
		RateBuckets buckets = RateBuckets.refilledEvenly(5, Duration.ofHours(1), this.clock);
		for (int i = 0; i < 5; i++) {
			buckets.take("over");
			if (i < 4) {
				buckets.take("near");
			}
			if (i < 3) {
				buckets.take("modest");
			}
		}
		assertThat(buckets.near("requests")).containsExactly(new LimitUse("near", "requests", 4, 5),
				new LimitUse("over", "requests", 5, 5));
		this.clock.advance(Duration.ofHours(1));
		assertThat(buckets.near("requests")).isEmpty();
	}

	@Test
	void addressesPushOutNoUser() {
		RateBuckets buckets = RateBuckets.refilledEvenly(1, Duration.ofHours(1), this.clock);
		assertThat(buckets.take("user ann")).isNull();
		for (int i = 0; i < 100_500; i++) {
			buckets.take("address " + i);
		}
		assertThat(buckets.take("user ann")).isNotNull();
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
