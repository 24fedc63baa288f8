package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.UserLimits;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@link UserLimits} in memory. Nothing is kept of users without an active response but
 * their rates, of as many users as {@link RateBuckets} holds.
 */
public final class InMemoryUserLimits implements UserLimits {

	private static final int MAX_NEAR = 100;

	private final int maxStreams;

	private final @Nullable RateBuckets requests;

	private final @Nullable RateBuckets tokens;

	private final ConcurrentMap<String, Integer> running = new ConcurrentHashMap<>();

	/**
	 * Create counters.
	 * @param maxStreams the maximum number of answers that a user may have under way,
	 * streamed or not
	 * @param requests how many requests a user may make, {@code null} for no limit
	 * @param tokens how many tokens a user may spend, {@code null} for no limit
	 */
	public InMemoryUserLimits(int maxStreams, @Nullable RateBuckets requests, @Nullable RateBuckets tokens) {
		this.maxStreams = maxStreams;
		this.requests = requests;
		this.tokens = tokens;
	}

	@Override
	public Mono<Permit> admit(String user) {
		return Mono.fromSupplier(() -> {
			requireBudget(user);
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
		return Stream.of(streams, near(this.requests, "requests"), near(this.tokens, "tokens"))
			.flatMap((uses) -> uses)
			.toList();
	}

	private static Stream<LimitUse> near(@Nullable RateBuckets buckets, String limit) {
		return (buckets != null) ? buckets.near(limit).stream() : Stream.empty();
	}

	private void requireBudget(String user) {
		if (this.tokens != null) {
			Duration wait = this.tokens.waitForAny(user);
			if (wait != null) {
				throw RefusedException.tooMany("token_budget_exceeded",
						"You have used up your tokens: please wait for the next period", wait);
			}
		}
	}

	private void requireRate(String user) {
		if (this.requests != null) {
			Duration wait = this.requests.take(user);
			if (wait != null) {
				throw RefusedException.tooMany("rate_limit_exceeded",
						"You have sent too many requests: please wait a moment", wait);
			}
		}
	}

	private void begin(String user) {
		this.running.compute(user, (name, count) -> {
			int now = (count != null) ? count : 0;
			if (now >= this.maxStreams) {
				throw RefusedException.tooMany("too_many_streams",
						"You have " + now + " answers under way: please wait for one of them to end",
						Duration.ofSeconds(1));
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
		public Mono<Void> spend(long spent) {
			return Mono.fromRunnable(() -> {
				if (InMemoryUserLimits.this.tokens != null) {
					InMemoryUserLimits.this.tokens.spend(this.user, spent);
				}
			});
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
