package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;

import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.Spending;
import ai.apertis.passthrough.UserLimits;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@link UserLimits} in memory. Nothing is kept of users without an active response but
 * their rates, of as many users as {@link RateBuckets} holds, and what they have spent in
 * the period.
 */
public final class InMemoryUserLimits implements UserLimits {

	private static final int MAX_NEAR = 100;

	private final int maxStreams;

	private final @Nullable RateBuckets requests;

	private final Accounts accounts;

	private final ConcurrentMap<String, Integer> running = new ConcurrentHashMap<>();

	/**
	 * Create counters.
	 * @param maxStreams the maximum number of answers that a user may have under way,
	 * streamed or not
	 * @param requests how many requests a user may make, {@code null} for no limit
	 * @param watcher is told when a user passes 80 and 100 % of a budget
	 */
	public InMemoryUserLimits(int maxStreams, @Nullable RateBuckets requests, Consumer<LimitUse> watcher) {
		this.maxStreams = maxStreams;
		this.requests = requests;
		this.accounts = new Accounts(watcher);
	}

	@Override
	public Mono<Permit> admit(String user) {
		return Mono.fromSupplier(() -> {
			begin(user);
			try {
				requireRate(user);
			}
			catch (RefusedException ex) {
				end(user);
				throw ex;
			}
			return new InMemoryPermit(user);
		});
	}

	@Override
	public List<LimitUse> nearLimits() {
		Stream<LimitUse> streams = this.running.entrySet()
			.stream()
			.map((user) -> new LimitUse(user.getKey(), "streams", user.getValue(), this.maxStreams))
			.filter(LimitUse::isNear)
			.limit(MAX_NEAR);
		return Stream.of(streams, near(this.requests, "requests"), this.accounts.near().stream())
			.flatMap((uses) -> uses)
			.toList();
	}

	private static Stream<LimitUse> near(@Nullable RateBuckets buckets, String limit) {
		return (buckets != null) ? buckets.near(limit).stream() : Stream.empty();
	}

	private void requireRate(String user) {
		if (this.requests != null) {
			Duration wait = this.requests.take(user);
			if (wait != null) {
				throw UserRefusal.tooManyRequests(wait);
			}
		}
	}

	private void begin(String user) {
		this.running.compute(user, (name, count) -> {
			int now = (count != null) ? count : 0;
			if (now >= this.maxStreams) {
				throw UserRefusal.tooManyStreams(now);
			}
			return now + 1;
		});
	}

	private void end(String user) {
		this.running.computeIfPresent(user, (name, count) -> (count > 1) ? count - 1 : null);
	}

	private final class InMemoryPermit implements Permit {

		private final String user;

		private final AtomicBoolean released = new AtomicBoolean();

		InMemoryPermit(String user) {
			this.user = user;
		}

		@Override
		public Mono<Reservation> reserve(Spending spending) {
			return Mono.fromSupplier(() -> InMemoryUserLimits.this.accounts.reserve(this.user, spending));
		}

		@Override
		public Mono<Void> release() {
			return Mono.fromRunnable(() -> {
				if (this.released.compareAndSet(false, true)) {
					end(this.user);
				}
			});
		}

	}

}
