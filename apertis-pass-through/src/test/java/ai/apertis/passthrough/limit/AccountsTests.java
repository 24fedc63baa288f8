package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.Budget.Scope;
import ai.apertis.passthrough.Budget.Unit;
import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.Spending;
import ai.apertis.passthrough.UserLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Accounts}.
 */
class AccountsTests {

	private static final Duration DAY = Duration.ofDays(1);

	private static final Budget TOKENS = new Budget(Scope.USER, Unit.TOKENS, 10_000, DAY);

	private static final Budget COST = new Budget(Scope.USER, Unit.COST, 2_500_000, DAY);

	private static final Budget ALL = new Budget(Scope.APPLICATION, Unit.TOKENS, 25_000, DAY);

	private final List<LimitUse> reached = new ArrayList<>();

	private final Accounts accounts = new Accounts(this.reached::add);

	@AfterEach
	void reset() {
		VirtualTimeScheduler.reset();
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 })
	void nothingIsLostOrSpentTwiceInAnyOrder(long seed) {
		Random random = new Random(seed);
		List<Running> running = new ArrayList<>();
		long[] spent = new long[3];
		for (int step = 0; step < 3_000; step++) {
			int user = random.nextInt(3);
			switch (random.nextInt(4)) {
				case 0, 1 -> reserve(user, random, running);
				case 2 -> running.forEach((call) -> call.extend(random));
				default -> {
					if (!running.isEmpty()) {
						Running call = running.remove(random.nextInt(running.size()));
						spent[call.user] += call.settle(random);
					}
				}
			}
			assertHolds(running, spent);
		}
		running.forEach((call) -> spent[call.user] += call.settle(random));
		assertHolds(List.of(), spent);
		assertThat(spent[0] + spent[1] + spent[2]).isGreaterThan(ALL.limit() * 8 / 10).isLessThanOrEqualTo(ALL.limit());
	}

	private void reserve(int user, Random random, List<Running> running) {
		long prompt = random.nextInt(50);
		Spending spending = new Spending(List.of(TOKENS, COST, ALL), prompt, 100 * prompt, 1 + random.nextInt(300), 1,
				250);
		try {
			running.add(new Running(user, spending, this.accounts.reserve("user " + user, spending)));
		}
		catch (RefusedException ex) {
			assertThat(ex.code()).isIn("token_budget_exceeded", "cost_budget_exceeded");
		}
	}

	private void assertHolds(List<Running> running, long[] spent) {
		for (LimitUse use : this.accounts.uses()) {
			assertThat(use.used()).isNotNegative();
			assertThat(use.reserved()).isNotNegative();
			assertThat(use.used() + use.reserved()).isLessThanOrEqualTo(use.max());
			if (running.isEmpty()) {
				assertThat(use.reserved()).isZero();
				if (use.user().equals("application")) {
					assertThat(use.used()).isEqualTo(spent[0] + spent[1] + spent[2]);
				}
				else if (use.limit().equals("tokens")) {
					assertThat(use.used()).isEqualTo(spent[Integer.parseInt(use.user().substring(5))]);
				}
			}
		}
	}

	@Test
	void refillsAtOnce() {
		VirtualTimeScheduler clock = VirtualTimeScheduler.getOrSet();
		reserve(TOKENS, 9_000).settle(9_500, 0).block();
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> reserve(TOKENS, 100, 501))
			.satisfies((ex) -> assertThat(ex.retryAfter()).isEqualTo(DAY));
		clock.advanceTimeBy(DAY.minusSeconds(1));
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> reserve(TOKENS, 100, 501))
			.satisfies((ex) -> assertThat(ex.retryAfter()).isEqualTo(Duration.ofSeconds(1)));
		clock.advanceTimeBy(Duration.ofSeconds(1));
		assertThat(reserve(TOKENS, 9_000).granted()).isEqualTo(9_000);
	}

	@Test
	void whatRunsIntoTheNextPeriodIsPaidThere() {
		VirtualTimeScheduler clock = VirtualTimeScheduler.getOrSet();
		UserLimits.Reservation call = reserve(TOKENS, 5_000);
		call.extend(3_000, 0).block();
		clock.advanceTimeBy(DAY);
		assertThat(this.accounts.uses()).singleElement().satisfies((use) -> {
			assertThat(use.used()).isZero();
			assertThat(use.reserved()).isEqualTo(2_000);
		});
		call.settle(4_000, 0).block();
		assertThat(this.accounts.uses()).singleElement().satisfies((use) -> {
			assertThat(use.used()).isEqualTo(1_000);
			assertThat(use.reserved()).isZero();
		});
	}

	@Test
	void tellsOnceOfEachMark() {
		reserve(TOKENS, 1_000).settle(7_999, 0).block();
		assertThat(this.reached).isEmpty();
		reserve(TOKENS, 1_000).settle(1, 0).block();
		reserve(TOKENS, 1_000).settle(100, 0).block();
		assertThat(this.reached).singleElement().satisfies((use) -> assertThat(use.percent()).isEqualTo(80));
		reserve(TOKENS, 1_000).settle(4_000, 0).block();
		assertThat(this.reached).hasSize(2).last().satisfies((use) -> assertThat(use.used()).isEqualTo(12_100));
	}

	@Test
	void addressesPushOutNoUser() {
		reserve(TOKENS, 9_000).settle(10_000, 0).block();
		Spending one = new Spending(List.of(TOKENS), 0, 0, 1, 1, 0);
		for (int i = 0; i < 100_500; i++) {
			this.accounts.reserve("address " + i, one).settle(1, 0).block();
		}
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> reserve(TOKENS, 1));
	}

	@Test
	void aRequestThatIsTooLargeForTheWholeBudgetNeedNotWait() {
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> reserve(TOKENS, 100, 10_000))
			.withMessageContaining("alone needs more than your whole")
			.satisfies((ex) -> assertThat(ex.retryAfter()).isNull());
	}

	private UserLimits.Reservation reserve(Budget budget, long output) {
		return reserve(budget, output, 0);
	}

	private UserLimits.Reservation reserve(Budget budget, long output, long prompt) {
		return this.accounts.reserve("user 0", new Spending(List.of(budget), prompt, 0, output, 1, 0));
	}

	/**
	 * A call that spends no more than it may.
	 */
	private static final class Running {

		private final int user;

		private final Spending spending;

		private final UserLimits.Reservation reservation;

		private long granted;

		private long spent;

		Running(int user, Spending spending, UserLimits.Reservation reservation) {
			this.user = user;
			this.spending = spending;
			this.reservation = reservation;
			this.granted = reservation.granted();
			assertThat(this.granted).isBetween(1L, spending.outputTokens());
		}

		void extend(Random random) {
			this.spent += random.nextLong(this.granted - this.spent + 1);
			long more = random.nextInt(100);
			try {
				Long extended = this.reservation.extend(this.spent, more).block();
				assertThat(extended).isBetween(0L, more);
				this.granted += extended;
				// a report may be repeated
				this.reservation.extend(this.spent, 0).block();
			}
			catch (RefusedException ex) {
				assertThat(more).isPositive();
			}
		}

		long settle(Random random) {
			long output = this.spent + random.nextLong(this.granted - this.spent + 1);
			long tokens = this.spending.promptTokens() + output;
			long cost = this.spending.promptCost() + output * this.spending.outputCost();
			this.reservation.settle(tokens, cost).block();
			this.reservation.settle(tokens, cost).block();
			return tokens;
		}

	}

}
