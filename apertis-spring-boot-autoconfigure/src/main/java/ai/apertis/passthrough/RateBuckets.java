package ai.apertis.passthrough;

import java.time.Duration;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.EstimationProbe;
import io.github.bucket4j.TimeMeter;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ConcurrentLruCache;

/**
 * A bucket of tokens for each user, of the users seen last. Safe for use by several
 * threads.
 */
public final class RateBuckets {

	private static final int MOST_USERS = 100_000;

	private final ConcurrentLruCache<String, Bucket> byUser;

	private RateBuckets(Bandwidth bandwidth, TimeMeter clock) {
		this.byUser = new ConcurrentLruCache<>(MOST_USERS,
				(user) -> Bucket.builder().addLimit(bandwidth).withCustomTimePrecision(clock).build());
	}

	/**
	 * Create buckets that fill up evenly.
	 * @param capacity what a bucket holds
	 * @param period in which time an empty one is full again
	 * @return the buckets
	 */
	public static RateBuckets refilledEvenly(long capacity, Duration period) {
		return refilledEvenly(capacity, period, TimeMeter.SYSTEM_MILLISECONDS);
	}

	static RateBuckets refilledEvenly(long capacity, Duration period, TimeMeter clock) {
		return new RateBuckets(Bandwidth.builder().capacity(capacity).refillGreedy(capacity, period).build(), clock);
	}

	/**
	 * Create buckets that are filled up once in a period, which begins with a user's
	 * first request.
	 * @param capacity what a bucket holds
	 * @param period the time between two fillings
	 * @return the buckets
	 */
	public static RateBuckets refilledAtOnce(long capacity, Duration period) {
		return refilledAtOnce(capacity, period, TimeMeter.SYSTEM_MILLISECONDS);
	}

	static RateBuckets refilledAtOnce(long capacity, Duration period, TimeMeter clock) {
		return new RateBuckets(Bandwidth.builder().capacity(capacity).refillIntervally(capacity, period).build(),
				clock);
	}

	/**
	 * Take one token.
	 * @return {@code null} if it is taken, else how long to wait for one
	 */
	@Nullable Duration take(String user) {
		ConsumptionProbe probe = this.byUser.get(user).tryConsumeAndReturnRemaining(1);
		return probe.isConsumed() ? null : Duration.ofNanos(probe.getNanosToWaitForRefill());
	}

	/**
	 * Look whether there is a token to take.
	 * @return {@code null} if there is, else how long to wait for one
	 */
	@Nullable Duration waitForAny(String user) {
		EstimationProbe probe = this.byUser.get(user).estimateAbilityToConsume(1);
		return probe.canBeConsumed() ? null : Duration.ofNanos(probe.getNanosToWaitForRefill());
	}

	/**
	 * Take tokens that are spent already, even if there are not as many: the next periods
	 * make up for it.
	 */
	void spend(String user, long tokens) {
		if (tokens > 0) {
			this.byUser.get(user).consumeIgnoringRateLimits(tokens);
		}
	}

}
