package ai.apertis.autoconfigure.passthrough;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import ai.apertis.autoconfigure.passthrough.RedisScripts.Script;
import ai.apertis.autoconfigure.passthrough.PassThroughProperties.Budgeting;
import ai.apertis.autoconfigure.passthrough.PassThroughProperties.PerUser;
import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.Spending;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.limit.BudgetRefusal;
import ai.apertis.passthrough.limit.BudgetWatchers;
import ai.apertis.passthrough.limit.CallBudget;
import ai.apertis.passthrough.limit.UserRefusal;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.util.DigestUtils;

/**
 * {@link UserLimits} in Redis or Valkey, which several instances share. Each operation is
 * one script, by the clock of Redis. What an instance holds expires if the instance does
 * not renew it.
 */
final class RedisUserLimits implements UserLimits, SmartLifecycle, AutoCloseable {

	private static final Log logger = LogFactory.getLog(RedisUserLimits.class);

	/** All in one slot, as one script looks at the budgets of a user and of all. */
	private static final String PREFIX = "apertis:{limits}:";

	/** How many renewals the time is made of after which what is held expires. */
	private static final int RENEWALS = 3;

	private static final int AT_ONCE = 16;

	/** What of a script's result is not about single budgets. */
	private static final int HEAD = 4;

	/** What is told of each budget. */
	private static final int PART = 4;

	private static final int MAX_NEAR = 100;

	/** In which time a rate is refilled. */
	private static final Duration A_MINUTE = Duration.ofMinutes(1);

	/**
	 * For how long an application that shuts down waits for what it still has to count.
	 */
	private static final Duration LAST_SETTLEMENTS = Duration.ofSeconds(2);

	/** For some minutes, as long as the store knows a reservation. */
	private static final Retry PATIENCE = Retry.backoff(40, Duration.ofMillis(200)).maxBackoff(Duration.ofSeconds(10));

	private final RedisScripts scripts;

	private final Settings settings;

	private final BudgetWatchers watchers;

	private final Script admit = RedisScripts.script("admit");

	private final Script hold = RedisScripts.script("hold");

	private final Script reserve = RedisScripts.script("account", "reserve");

	private final Script extend = RedisScripts.script("account", "extend");

	private final Script settle = RedisScripts.script("account", "settle");

	/** What this instance holds, to be renewed, unless nobody knows it any more. */
	private final Set<Held> held = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	/** The last uses of those who came near a limit. */
	private final Map<String, Seen> near = new ConcurrentHashMap<>();

	/** What calls have cost that the store does not know yet. */
	private final Set<Mono<Void>> settling = ConcurrentHashMap.newKeySet();

	private final Disposable renewal;

	private volatile boolean running;

	/**
	 * Create limits.
	 * @param connections the connections to Redis
	 * @param settings what a user may do, and how it is kept
	 * @param watcher is told when a user passes 80 and 100 % of a budget
	 */
	RedisUserLimits(ReactiveRedisConnectionFactory connections, Settings settings, Consumer<LimitUse> watcher) {
		this.scripts = new RedisScripts(connections);
		this.settings = settings;
		this.watchers = new BudgetWatchers(watcher);
		this.renewal = Flux.interval(settings.timeout().dividedBy(RENEWALS))
			.onBackpressureDrop()
			.concatMap((tick) -> renew(), 1)
			.subscribe();
	}

	private Mono<Void> renew() {
		List<Held> known;
		synchronized (this.held) {
			known = List.copyOf(this.held);
		}
		return Flux.fromIterable(known).flatMap((held) -> held.renew().onErrorResume((failure) -> {
			logger.debug("What is reserved cannot be renewed", failure);
			return Mono.empty();
		}), AT_ONCE).then();
	}

	/**
	 * Create limits with the application's own connections.
	 * @throws MissingRedisException if it has none
	 */
	static RedisUserLimits of(ListableBeanFactory beanFactory, PerUser limits, Budgeting budgeting,
			Consumer<LimitUse> watcher) {
		Settings settings = new Settings(limits.maxStreams(), limits.requestsPerMinute(),
				budgeting.reservationTimeout(), budgeting.storeTimeout(),
				budgeting.onStoreFailure() == Budgeting.OnStoreFailure.ALLOW);
		return new RedisUserLimits(RedisScripts.connections(beanFactory, MissingRedisException::forLimits), settings,
				watcher);
	}

	@Override
	public void close() {
		this.renewal.dispose();
	}

	@Override
	public void start() {
		this.running = true;
	}

	/**
	 * What the last streams have cost is counted while there is a connection.
	 */
	@Override
	public void stop() {
		Mono.when(this.settling)
			.timeout(LAST_SETTLEMENTS)
			.doOnError((late) -> logger.warn("What " + this.settling.size()
					+ " calls have cost could not be counted any more. What they have reported will be"))
			.onErrorComplete()
			.block();
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/**
	 * Behind the end of the streams, and before the connections are closed.
	 */
	@Override
	public int getPhase() {
		return SmartLifecycle.DEFAULT_PHASE - 1;
	}

	@Override
	public Mono<Permit> admit(String user) {
		return Mono.defer(() -> {
			RedisPermit permit = new RedisPermit(user);
			if (this.settings.maxStreams() == null && this.settings.requestsPerMinute() == null) {
				return Mono.just(permit);
			}
			return run(this.admit, List.of(permit.streams, key(user, "rate")), permit.id,
					text(this.settings.maxStreams()), this.settings.timeout().toMillis(),
					text(this.settings.requestsPerMinute()))
				.<Permit>map((result) -> admitted(permit, result))
				.onErrorResume((failure) -> !(failure instanceof RefusedException),
						(failure) -> away(failure, permit).doOnError((refused) -> permit.takeBack()));
		});
	}

	private Permit admitted(RedisPermit permit, List<byte[]> result) {
		switch (RedisScripts.text(result, 0)) {
			case "STREAMS" -> throw UserRefusal.tooManyStreams(RedisScripts.number(result, 1));
			case "REQUESTS" -> throw UserRefusal.tooManyRequests(Duration.ofMillis(RedisScripts.number(result, 1)));
			default -> {
				Integer maxStreams = this.settings.maxStreams();
				if (maxStreams != null) {
					this.held.add(permit);
					remember("", new LimitUse(permit.user, "streams", RedisScripts.number(result, 1), maxStreams));
				}
				Long requests = this.settings.requestsPerMinute();
				if (requests != null) {
					remember("",
							new LimitUse(permit.user, "requests", requests - RedisScripts.number(result, 2), requests));
				}
				return permit;
			}
		}
	}

	private static String text(@Nullable Object value) {
		return (value != null) ? value.toString() : "";
	}

	/**
	 * Nobody waits for a store that is away for longer than this.
	 */
	private Mono<List<byte[]>> run(Script script, List<String> keys, Object... arguments) {
		return this.scripts.run(script, keys, arguments).timeout(this.settings.storeTimeout());
	}

	private <T> Mono<T> away(Throwable failure, T instead) {
		logger.warn("The store of limits is not available: " + failure);
		return this.settings.allowWithoutStore() ? Mono.just(instead) : Mono.error(CallBudget.unavailable());
	}

	/**
	 * Names of users are no keys that somebody else should read.
	 */
	private static String key(String user, String what) {
		return PREFIX + DigestUtils.md5DigestAsHex(RedisScripts.bytes(user)) + ":" + what;
	}

	private static List<String> keys(String user, List<Budget> budgets) {
		List<String> keys = new ArrayList<>();
		for (Budget budget : budgets) {
			String account = key(owner(user, budget), budget.name());
			keys.add(account);
			keys.add(account + ":reservations");
		}
		return keys;
	}

	private static String owner(String user, Budget budget) {
		return (budget.scope() == Budget.Scope.USER) ? user : LimitUse.APPLICATION;
	}

	/**
	 * What is known of a limit is true until it is refilled.
	 */
	private void remember(String budget, LimitUse use) {
		String key = use.user() + "\n" + use.limit() + "\n" + budget;
		long now = now();
		if (!use.isNear() && !use.isOfApplication()) {
			this.near.remove(key);
			return;
		}
		if (this.near.size() >= MAX_NEAR) {
			this.near.values().removeIf((seen) -> seen.end() <= now);
		}
		if (this.near.size() < MAX_NEAR || this.near.containsKey(key)) {
			Duration reset = use.reset();
			this.near.put(key, new Seen(use, now + ((reset != null) ? reset : A_MINUTE).toNanos()));
		}
	}

	@Override
	public List<LimitUse> nearLimits() {
		long now = now();
		return this.near.values().stream().filter((seen) -> seen.end() > now).map((seen) -> seen.at(now)).toList();
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	/**
	 * What was seen of a limit.
	 *
	 * @param use how much of it was used
	 * @param end until when that is true
	 */
	private record Seen(LimitUse use, long end) {

		LimitUse at(long now) {
			return (this.use.reset() == null) ? this.use
					: new LimitUse(this.use.user(), this.use.limit(), this.use.used(), this.use.reserved(),
							this.use.max(), this.use.period(), Duration.ofNanos(this.end - now));
		}

	}

	/**
	 * What a user may do, and how it is kept.
	 *
	 * @param maxStreams the maximum number of answers that a user may have under way,
	 * {@code null} for no limit
	 * @param requestsPerMinute how many requests a user may make, {@code null} for no
	 * limit
	 * @param timeout after which time what nobody renews expires
	 * @param storeTimeout how long the store may take to answer
	 * @param allowWithoutStore whether requests are let through while the store is away
	 */
	record Settings(@Nullable Integer maxStreams, @Nullable Long requestsPerMinute, Duration timeout,
			Duration storeTimeout, boolean allowWithoutStore) {
	}

	/**
	 * Something that expires if it is not renewed.
	 */
	private interface Held {

		Mono<?> renew();

	}

	/**
	 * What one request holds.
	 */
	private final class RedisPermit implements Permit, Held {

		private final String user;

		private final String id = UUID.randomUUID().toString();

		private final String streams;

		RedisPermit(String user) {
			this.user = user;
			this.streams = key(user, "streams");
		}

		@Override
		public Mono<?> renew() {
			return run(RedisUserLimits.this.hold, List.of(this.streams), this.id,
					RedisUserLimits.this.settings.timeout().toMillis());
		}

		@Override
		public Mono<Reservation> reserve(Spending spending) {
			return Mono.defer(() -> {
				RedisReservation reservation = new RedisReservation(this.user, spending);
				return reservation.reserve()
					.<Reservation>thenReturn(reservation)
					.onErrorResume((failure) -> !(failure instanceof RefusedException),
							(failure) -> away(failure, reservation).doOnNext((unlimited) -> unlimited.grantAll())
								.doOnError((refused) -> reservation.takeBack())
								.cast(Reservation.class));
			});
		}

		@Override
		public Mono<Void> release() {
			return Mono.defer(() -> {
				if (!RedisUserLimits.this.held.remove(this)) {
					return Mono.empty();
				}
				return remove();
			});
		}

		private Mono<Void> remove() {
			return RedisUserLimits.this.scripts.redis()
				.opsForZSet()
				.remove(RedisScripts.bytes(this.streams), (Object) RedisScripts.bytes(this.id))
				.timeout(RedisUserLimits.this.settings.storeTimeout())
				.then();
		}

		/**
		 * The store has said nothing in time, but may have done what it was asked.
		 */
		void takeBack() {
			remove().subscribe(null, (failure) -> logger.debug("A place expires by itself", failure));
		}

	}

	/**
	 * What one call has reserved.
	 */
	private final class RedisReservation implements Reservation, Held {

		private final String user;

		private final Spending spending;

		private final String id = UUID.randomUUID().toString();

		private final List<String> keys;

		private volatile long granted;

		private volatile long spent;

		private volatile List<LimitUse> uses = List.of();

		private volatile @Nullable Mono<?> settlement;

		RedisReservation(String user, Spending spending) {
			this.user = user;
			this.spending = spending;
			this.keys = RedisUserLimits.keys(user, spending.budgets());
		}

		private Duration timeout() {
			return RedisUserLimits.this.settings.timeout();
		}

		Mono<Void> reserve() {
			List<Object> arguments = new ArrayList<>(
					List.of(this.id, this.spending.outputTokens(), this.spending.leastTokens(), timeout().toMillis()));
			for (Budget budget : this.spending.budgets()) {
				arguments.addAll(List.of(budget.limit(), budget.period().toMillis(), this.spending.prompt(budget),
						this.spending.perToken(budget)));
			}
			return run(RedisUserLimits.this.reserve, this.keys, arguments.toArray()).doOnNext((result) -> {
				this.granted = RedisScripts.number(result, 0);
				if (this.granted == 0) {
					throw refusal(result);
				}
				told(result);
				RedisUserLimits.this.held.add(this);
			}).then();
		}

		/**
		 * The store has said nothing in time, but may have done what it was asked.
		 */
		void takeBack() {
			settle(0, 0).subscribe(null, (failure) -> logger.debug("What is reserved expires by itself", failure));
		}

		/**
		 * The store is away, and that does not matter.
		 */
		void grantAll() {
			this.granted = this.spending.outputTokens();
			RedisUserLimits.this.held.add(this);
		}

		private RefusedException refusal(List<byte[]> result) {
			Budget budget = this.spending.budgets().get((int) RedisScripts.number(result, 1));
			return BudgetRefusal.of(budget, Duration.ofMillis(RedisScripts.number(result, 2)),
					RedisScripts.number(result, HEAD - 1) == 1);
		}

		@Override
		public long granted() {
			return this.granted;
		}

		@Override
		public List<LimitUse> uses() {
			return this.uses;
		}

		@Override
		public Mono<?> renew() {
			return extendNow(this.spent, 0);
		}

		@Override
		public Mono<Long> extend(long spent, long more) {
			this.spent = spent;
			return extendNow(spent, more).onErrorResume((failure) -> !(failure instanceof RefusedException),
					(failure) -> away(failure, more));
		}

		private Mono<Long> extendNow(long spent, long more) {
			List<Object> arguments = new ArrayList<>(List.of(this.id, more, timeout().toMillis()));
			for (Budget budget : this.spending.budgets()) {
				arguments.addAll(List.of(budget.limit(), budget.period().toMillis(),
						this.spending.amount(budget, spent), this.spending.perToken(budget)));
			}
			return run(RedisUserLimits.this.extend, this.keys, arguments.toArray()).flatMap((result) -> {
				told(result);
				Mono<?> settlement = this.settlement;
				if (settlement != null) {
					// the call has ended meanwhile, and may have been settled before
					return settlement.thenReturn(0L);
				}
				long extended = RedisScripts.number(result, 0);
				return (more > 0 && extended == 0) ? Mono.error(refusal(result)) : Mono.just(extended);
			});
		}

		@Override
		public Mono<Void> settle(long tokens, long cost) {
			Sinks.Empty<Void> settled = Sinks.empty();
			Mono<Void> settling = settled.asMono();
			return Mono.defer(() -> {
				RedisUserLimits.this.held.remove(this);
				List<Object> arguments = new ArrayList<>(List.of(this.id, timeout().toMillis()));
				for (Budget budget : this.spending.budgets()) {
					arguments.addAll(List.of(budget.period().toMillis(), budget.unit().of(tokens, cost)));
				}
				Mono<?> settlement = run(RedisUserLimits.this.settle, this.keys, arguments.toArray())
					.doOnNext(this::told);
				this.settlement = settlement;
				return settlement;
			})
				.retryWhen(PATIENCE)
				.then()
				.doFirst(() -> RedisUserLimits.this.settling.add(settling))
				.doFinally((end) -> {
					RedisUserLimits.this.settling.remove(settling);
					settled.tryEmitEmpty();
				});
		}

		private void told(List<byte[]> result) {
			List<LimitUse> uses = new ArrayList<>();
			int at = HEAD;
			for (Budget budget : this.spending.budgets()) {
				LimitUse use = new LimitUse(owner(this.user, budget), budget.unit().value(),
						RedisScripts.number(result, at + 1), RedisScripts.number(result, at + 2), budget.limit(),
						budget.period(), Duration.ofMillis(RedisScripts.number(result, at + PART - 1)));
				remember(budget.name(), use);
				RedisUserLimits.this.watchers.changed(RedisScripts.number(result, at), use);
				uses.add(use);
				at += PART;
			}
			this.uses = uses;
		}

	}

}
