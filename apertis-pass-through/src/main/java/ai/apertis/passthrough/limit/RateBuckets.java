package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import ai.apertis.passthrough.LimitUse;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.EstimationProbe;
import io.github.bucket4j.TimeMeter;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ConcurrentLruCache;

/**
 * Buckets of tokens for the users seen last, one for each user. Safe for use by several
 * threads.
 */
public final class RateBuckets {

	private static final int MAX_USERS = 100_000;

	private static final int MAX_NEAR = 100;

	private final long capacity;

	private final ConcurrentLruCache<String, Bucket> byUser;

	/** The last users who came near the limit, whether they still are or not. */
	private final Set<String> near = new LinkedHashSet<>();

	private RateBuckets(Bandwidth bandwidth, TimeMeter clock) {
		this.capacity = bandwidth.getCapacity();
		this.byUser = new ConcurrentLruCache<>(MAX_USERS,
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
		remember(user, probe.getRemainingTokens());
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
			Bucket bucket = this.byUser.get(user);
			bucket.consumeIgnoringRateLimits(tokens);
			remember(user, bucket.getAvailableTokens());
		}
	}

	private void remember(String user, long available) {
		if (use(user, available, "").isNear()) {
			synchronized (this.near) {
				this.near.remove(user);
				this.near.add(user);
				if (this.near.size() > MAX_NEAR) {
					this.near.remove(this.near.iterator().next());
				}
			}
		}
	}

	/**
	 * Return the users who have less than a fifth left.
	 * @param limit what the limit is called
	 */
	List<LimitUse> near(String limit) {
		List<String> candidates;
		synchronized (this.near) {
			candidates = List.copyOf(this.near);
		}
		return candidates.stream()
			.map((user) -> use(user, this.byUser.get(user).getAvailableTokens(), limit))
			.filter(LimitUse::isNear)
			.toList();
	}

	private LimitUse use(String user, long available, String limit) {
		return new LimitUse(user, limit, this.capacity - available, this.capacity);
	}

}
