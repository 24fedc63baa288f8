package ai.apertis.passthrough.limit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.Spending;
import ai.apertis.passthrough.UserLimits;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What has been spent and reserved of all budgets, in memory. Accounts of named users are
 * kept until their period has ended; of addresses, which can be had by the million, those
 * of the last callers, so that they push out no user. Safe for use by several threads.
 */
final class Accounts {

	private static final int MAX_ADDRESSES = 100_000;

	private static final int MAX_NEAR = 100;

	private static final int MAX_NOTABLE = 1_000;

	/** How many accounts of users there may be before those of the past are removed. */
	private static final int FEW = 1_000;

	/** What is before the name of a user who is an address. */
	static final String ADDRESS = "address ";

	private final BudgetWatchers watchers;

	// guarded by this

	private final Map<Key, Account> ofUsers = new HashMap<>();

	private final Map<Key, Account> ofAddresses = new LinkedHashMap<>(16, 0.75F, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<Key, Account> eldest) {
			return size() > MAX_ADDRESSES;
		}

	};

	/** Those of the application, and of users who have less than a fifth left. */
	private final Set<Account> notable = new LinkedHashSet<>();

	private int many = FEW;

	Accounts(Consumer<LimitUse> watcher) {
		this.watchers = new BudgetWatchers(watcher);
	}

	/**
	 * Reserve what a call may cost.
	 * @throws RefusedException if a budget has not as much
	 */
	synchronized UserLimits.Reservation reserve(String user, Spending spending) {
		long now = now();
		List<Account> accounts = new ArrayList<>();
		long granted = spending.outputTokens();
		for (Budget budget : spending.budgets()) {
			Account account = account(user, budget).at(budget, now);
			long room = account.room(spending.prompt(budget), spending.perToken(budget));
			if (room < spending.leastTokens()) {
				throw BudgetRefusal.of(budget, account.reset(now),
						account.isReserved(spending.amount(budget, spending.leastTokens())));
			}
			granted = Math.min(granted, room);
			accounts.add(account);
		}
		return new InMemoryReservation(accounts, spending, granted, now);
	}

	private Account account(String user, Budget budget) {
		String name = (budget.scope() == Budget.Scope.USER) ? user : LimitUse.APPLICATION;
		Key key = new Key(name, budget.name());
		if (name.startsWith(ADDRESS)) {
			return this.ofAddresses.computeIfAbsent(key, (absent) -> new Account(name, budget));
		}
		Account account = this.ofUsers.computeIfAbsent(key, (absent) -> new Account(name, budget));
		if (budget.scope() == Budget.Scope.APPLICATION) {
			this.notable.add(account);
		}
		if (this.ofUsers.size() > this.many) {
			long now = now();
			this.ofUsers.values().removeIf((other) -> other != account && other.isIdle(now));
			this.many = Math.max(FEW, 2 * this.ofUsers.size());
		}
		return account;
	}

	/**
	 * Return what the application has used, and the users who have less than a fifth
	 * left.
	 */
	synchronized List<LimitUse> near() {
		long now = now();
		this.notable.removeIf((account) -> !isNotable(account.at(account.budget(), now).use(now)));
		List<LimitUse> all = this.notable.stream().map((account) -> account.use(now)).toList();
		// however many users there are
		return Stream
			.concat(all.stream().filter(LimitUse::isOfApplication),
					all.stream().filter((use) -> !use.isOfApplication()).limit(MAX_NEAR))
			.toList();
	}

	private static boolean isNotable(LimitUse use) {
		return use.isOfApplication() || use.isNear();
	}

	/**
	 * Return what is used of all budgets.
	 */
	synchronized List<LimitUse> uses() {
		long now = now();
		return Stream.concat(this.ofUsers.values().stream(), this.ofAddresses.values().stream())
			.filter((account) -> !account.isIdle(now))
			.map((account) -> account.at(account.budget(), now).use(now))
			.toList();
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	private record Key(String user, String budget) {
	}

	/**
	 * What one call has reserved in its accounts.
	 */
	private final class InMemoryReservation implements UserLimits.Reservation {

		private final List<Account> accounts;

		private final Spending spending;

		private final long granted;

		// guarded by the accounts, one for each of them

		private final long[] reserved;

		private final long[] reported;

		private boolean settled;

		InMemoryReservation(List<Account> accounts, Spending spending, long granted, long now) {
			this.accounts = accounts;
			this.spending = spending;
			this.granted = granted;
			this.reserved = new long[accounts.size()];
			this.reported = new long[accounts.size()];
			for (int i = 0; i < this.reserved.length; i++) {
				add(i, spending.amount(budget(i), granted), now);
			}
		}

		private Budget budget(int index) {
			return this.spending.budgets().get(index);
		}

		private void add(int index, long amount, long now) {
			this.reserved[index] += amount;
			this.accounts.get(index).reserve(amount, now);
		}

		@Override
		public long granted() {
			return this.granted;
		}

		@Override
		public Mono<Long> extend(long spent, long more) {
			return Mono.fromSupplier(() -> watched(() -> extendNow(spent, more)));
		}

		/**
		 * Tell what a step has changed, also if it has refused something, and when nobody
		 * has to wait for whoever is told.
		 */
		private <T> T watched(Supplier<T> step) {
			List<LimitUse> before = new ArrayList<>();
			List<LimitUse> after = new ArrayList<>();
			try {
				synchronized (Accounts.this) {
					before.addAll(uses());
					try {
						return step.get();
					}
					finally {
						after.addAll(uses());
						note(after);
					}
				}
			}
			finally {
				Accounts.this.watchers.changed(before, after);
			}
		}

		private void note(List<LimitUse> uses) {
			for (int i = 0; i < uses.size(); i++) {
				if (isNotable(uses.get(i)) && Accounts.this.notable.size() < MAX_NOTABLE) {
					Accounts.this.notable.add(this.accounts.get(i));
				}
			}
		}

		private long extendNow(long spent, long more) {
			if (this.settled) {
				return 0;
			}
			long now = now();
			long extended = more;
			RefusedException refusal = null;
			for (int i = 0; i < this.reserved.length; i++) {
				Account account = this.accounts.get(i).at(budget(i), now);
				report(i, this.spending.amount(budget(i), spent), now);
				long perToken = this.spending.perToken(budget(i));
				extended = Math.min(extended, account.room(0, perToken));
				if (more > 0 && extended == 0 && refusal == null) {
					refusal = BudgetRefusal.of(budget(i), account.reset(now), account.isReserved(perToken));
				}
			}
			if (refusal != null) {
				throw refusal;
			}
			for (int i = 0; i < this.reserved.length; i++) {
				add(i, extended * this.spending.perToken(budget(i)), now);
			}
			return extended;
		}

		/**
		 * What was reserved is spent now.
		 */
		private void report(int index, long amount, long now) {
			long more = amount - this.reported[index];
			if (more > 0) {
				this.reported[index] = amount;
				this.accounts.get(index).spend(more, now);
				release(index, Math.min(more, this.reserved[index]));
			}
		}

		private void release(int index, long amount) {
			this.reserved[index] -= amount;
			this.accounts.get(index).release(amount);
		}

		@Override
		public Mono<Void> settle(long tokens, long cost) {
			return Mono.fromRunnable(() -> watched(() -> {
				settleNow(tokens, cost);
				return tokens;
			}));
		}

		private void settleNow(long tokens, long cost) {
			if (this.settled) {
				return;
			}
			this.settled = true;
			long now = now();
			for (int i = 0; i < this.reserved.length; i++) {
				Account account = this.accounts.get(i).at(budget(i), now);
				account.spend(budget(i).unit().of(tokens, cost) - this.reported[i], now);
				release(i, this.reserved[i]);
			}
		}

		@Override
		public List<LimitUse> uses() {
			synchronized (Accounts.this) {
				long now = now();
				List<LimitUse> uses = new ArrayList<>();
				for (int i = 0; i < this.reserved.length; i++) {
					uses.add(this.accounts.get(i).at(budget(i), now).use(now));
				}
				return uses;
			}
		}

	}

}
