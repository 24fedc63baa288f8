package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import ai.apertis.passthrough.LimitUse;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ConcurrentLruCache;

/**
 * Rates of requests of the users seen last, a bucket for each user. Safe for use by
 * several threads.
 */
public final class RateBuckets {

	private static final int MAX_USERS = 100_000;

	private static final int MAX_NEAR = 100;

	private final long capacity;

	private final ConcurrentLruCache<String, Bucket> ofUsers;

	/** They can be had by the million, and push out no user. */
	private final ConcurrentLruCache<String, Bucket> ofAddresses;

	/** The last users who came near the limit, whether they still are or not. */
	private final Set<String> near = new LinkedHashSet<>();

	private RateBuckets(Bandwidth bandwidth, TimeMeter clock) {
		this.capacity = bandwidth.getCapacity();
		this.ofUsers = buckets(bandwidth, clock);
		this.ofAddresses = buckets(bandwidth, clock);
	}

	private static ConcurrentLruCache<String, Bucket> buckets(Bandwidth bandwidth, TimeMeter clock) {
		return new ConcurrentLruCache<>(MAX_USERS,
				(user) -> Bucket.builder().addLimit(bandwidth).withCustomTimePrecision(clock).build());
	}

	private Bucket bucket(String user) {
		return (user.startsWith(Accounts.ADDRESS) ? this.ofAddresses : this.ofUsers).get(user);
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
	 * Take one token.
	 * @return {@code null} if it is taken, else how long to wait for one
	 */
	@Nullable Duration take(String user) {
		ConsumptionProbe probe = bucket(user).tryConsumeAndReturnRemaining(1);
		remember(user, probe.getRemainingTokens());
		return probe.isConsumed() ? null : Duration.ofNanos(probe.getNanosToWaitForRefill());
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
			.map((user) -> use(user, bucket(user).getAvailableTokens(), limit))
			.filter(LimitUse::isNear)
			.toList();
	}

	private LimitUse use(String user, long available, String limit) {
		return new LimitUse(user, limit, this.capacity - available, this.capacity);
	}

}
