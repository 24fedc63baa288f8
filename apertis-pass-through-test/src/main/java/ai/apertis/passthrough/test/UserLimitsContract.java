package ai.apertis.passthrough.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.Budget.Scope;
import ai.apertis.passthrough.Budget.Unit;
import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.Spending;
import ai.apertis.passthrough.UserLimits;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What holds for all {@link UserLimits}: to be extended by the test of each
 * implementation.
 */
public abstract class UserLimitsContract {

	/** No step takes longer. */
	protected static final Duration LIMIT = Duration.ofSeconds(10);

	/** The period of most budgets here. */
	protected static final Duration DAY = Duration.ofDays(1);

	/** A budget of each user. */
	protected static final Budget TOKENS = new Budget(Scope.USER, Unit.TOKENS, 1_000, DAY);

	private static final Budget COST = new Budget(Scope.USER, Unit.COST, 9_000_000_000_000_000L, DAY);

	/** Two of its own for each test, as others may use the same store. */
	protected final String ann = "user " + UUID.randomUUID();

	private final String bob = "user " + UUID.randomUUID();

	/** To be told of each mark of a budget that a user passes. */
	protected final List<LimitUse> reached = new CopyOnWriteArrayList<>();

	/**
	 * Return limits, for one test.
	 * @param maxStreams how many answers a user may have under way, 0 for no limit
	 * @param requestsPerMinute how many requests a user may make, 0 for no limit
	 * @return the limits, which know nobody of the names that they are asked about
	 */
	protected abstract UserLimits limits(int maxStreams, long requestsPerMinute);

	@Test
	void reservesWhatThereIs() {
		UserLimits limits = limits(0, 0);
		assertThat(reserve(limits, this.ann, 100, 600).granted()).isEqualTo(600);
		assertThat(reserve(limits, this.ann, 100, 600).granted()).isEqualTo(200);
		assertThat(refusal(limits, this.ann, 0, 1)).satisfies((refusal) -> {
			assertThat(refusal.code()).isEqualTo("token_budget_exceeded");
			assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
		});
		assertThat(reserve(limits, this.bob, 100, 600).granted()).isEqualTo(600);
	}

	@Test
	void anyNumberAtOnceGetsNoMoreThanThereIs() {
		UserLimits limits = limits(0, 0);
		Long granted = Flux.range(0, 200)
			.flatMap((i) -> limits.admit(this.ann)
				.flatMap((permit) -> permit.reserve(spending(List.of(TOKENS), 1, 30)))
				.map((reservation) -> 1 + reservation.granted())
				.onErrorResume(RefusedException.class, (refused) -> Mono.just(0L)), 200)
			.reduce(0L, Long::sum)
			.block(LIMIT);
		assertThat(granted).isEqualTo(1_000);
	}

	@Test
	void givesBackWhatWasNotSpent() {
		UserLimits limits = limits(0, 0);
		UserLimits.Reservation call = reserve(limits, this.ann, 100, 900);
		call.settle(150, 0).block(LIMIT);
		assertThat(reserve(limits, this.ann, 0, 1_000).granted()).isEqualTo(850);
	}

	@Test
	void whatIsSettledIsSpentOnceHoweverOftenItIsTold() {
		UserLimits limits = limits(0, 0);
		UserLimits.Reservation call = reserve(limits, this.ann, 100, 200);
		for (int i = 0; i < 3; i++) {
			call.extend(150, 0).block(LIMIT);
		}
		call.settle(300, 0).block(LIMIT);
		call.settle(300, 0).block(LIMIT);
		assertThat(reserve(limits, this.ann, 0, 1_000).granted()).isEqualTo(700);
	}

	@Test
	void extendsWhileThereIsAny() {
		UserLimits limits = limits(0, 0);
		UserLimits.Reservation call = reserve(limits, this.ann, 100, 500);
		assertThat(call.extend(400, 300).block(LIMIT)).isEqualTo(300);
		assertThat(call.extend(700, 300).block(LIMIT)).isEqualTo(100);
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> call.extend(900, 300).block(LIMIT))
			.satisfies((refusal) -> assertThat(refusal.retryAfter()).isBetween(DAY.minusSeconds(20), DAY));
		call.settle(1_000, 0).block(LIMIT);
		assertThat(refusal(limits, this.ann, 0, 1).retryAfter()).isBetween(DAY.minusSeconds(20), DAY);
	}

	@Test
	void aCallThatCostsMoreThanItHadIsCountedWhole() {
		UserLimits limits = limits(0, 0);
		reserve(limits, this.ann, 100, 100).settle(1_200, 0).block(LIMIT);
		assertThat(refusal(limits, this.ann, 0, 1)).isNotNull();
		assertThat(limits.nearLimits()).filteredOn((use) -> use.user().equals(this.ann))
			.singleElement()
			.satisfies((use) -> {
				assertThat(use.used()).isEqualTo(1_200);
				assertThat(use.reserved()).isZero();
				assertThat(use.max()).isEqualTo(1_000);
				assertThat(use.period()).isEqualTo(DAY);
				assertThat(use.reset()).isBetween(DAY.minusSeconds(20), DAY);
			});
	}

	@Test
	void theTightestOfSeveralBudgetsCounts() {
		UserLimits limits = limits(0, 0);
		Spending spending = new Spending(List.of(TOKENS, COST), 100, 8_000_000_000_000_000L, 900, 1,
				2_000_000_000_000L);
		UserLimits.Reservation call = permit(limits, this.ann).reserve(spending).blockOptional(LIMIT).orElseThrow();
		assertThat(call.granted()).isEqualTo(500);
		assertThatExceptionOfType(RefusedException.class)
			.isThrownBy(() -> permit(limits, this.ann).reserve(spending).block(LIMIT))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("cost_budget_exceeded"));
		// numbers as large as these are exact
		call.settle(101, 8_000_000_000_000_001L).block(LIMIT);
		Spending rest = new Spending(List.of(COST), 0, 0, Long.MAX_VALUE / 4, 1, 1);
		assertThat(permit(limits, this.ann).reserve(rest).blockOptional(LIMIT).orElseThrow().granted())
			.isEqualTo(999_999_999_999_999L);
	}

	@Test
	void allUsersPayFromTheBudgetOfTheApplication() {
		UserLimits limits = limits(0, 0);
		Budget all = new Budget(Scope.APPLICATION, Unit.TOKENS, 1_500,
				Duration.ofHours(1).plusMillis(this.ann.hashCode() & 0xFFFFFF));
		List<UserLimits.Reservation> calls = new ArrayList<>();
		for (String user : List.of(this.ann, this.bob)) {
			calls.add(permit(limits, user).reserve(spending(List.of(TOKENS, all), 0, 1_000))
				.blockOptional(LIMIT)
				.orElseThrow());
		}
		assertThat(calls).extracting(UserLimits.Reservation::granted).containsExactly(1_000L, 500L);
		calls.forEach((call) -> call.settle(0, 0).block(LIMIT));
	}

	@Test
	void tellsWhenAMarkIsPassed() {
		UserLimits limits = limits(0, 0);
		reserve(limits, this.ann, 0, 900).settle(799, 0).block(LIMIT);
		assertThat(this.reached).isEmpty();
		UserLimits.Reservation call = reserve(limits, this.ann, 0, 100);
		call.extend(1, 0).block(LIMIT);
		assertThat(this.reached).extracting(LimitUse::used).containsExactly(800L);
		call.settle(300, 0).block(LIMIT);
		assertThat(this.reached).extracting(LimitUse::used).containsExactly(800L, 1_099L);
	}

	@Test
	void tellsItAlsoWhenNoMoreIsReserved() {
		UserLimits limits = limits(0, 0);
		UserLimits.Reservation call = reserve(limits, this.ann, 0, 1_000);
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> call.extend(1_000, 1).block(LIMIT));
		assertThat(this.reached).extracting(LimitUse::used).containsExactly(1_000L, 1_000L);
	}

	@Test
	void manyAtOnceTellItOnce() {
		UserLimits limits = limits(0, 0);
		List<UserLimits.Reservation> calls = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			calls.add(reserve(limits, this.ann, 0, 9));
		}
		Flux.fromIterable(calls)
			.flatMap((call) -> call.settle(9, 0).subscribeOn(Schedulers.boundedElastic()), 100)
			.blockLast(LIMIT);
		assertThat(this.reached).singleElement();
	}

	@Test
	void countsAnswersUnderWay() {
		UserLimits limits = limits(2, 0);
		UserLimits.Permit first = permit(limits, this.ann);
		permit(limits, this.ann);
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> permit(limits, this.ann))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("too_many_streams"));
		permit(limits, this.bob);
		first.release().block(LIMIT);
		permit(limits, this.ann);
	}

	@Test
	void countsRequests() {
		UserLimits limits = limits(0, 3);
		for (int i = 0; i < 3; i++) {
			permit(limits, this.ann).release().block(LIMIT);
		}
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> permit(limits, this.ann))
			.satisfies((refusal) -> {
				assertThat(refusal.code()).isEqualTo("rate_limit_exceeded");
				assertThat(refusal.retryAfter()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(20));
			});
		permit(limits, this.bob);
	}

	/**
	 * Reserve something of a user's {@link #TOKENS}.
	 * @param limits the limits
	 * @param user the user
	 * @param prompt how many tokens the prompt has
	 * @param output how many tokens the answer may have
	 * @return the reservation
	 */
	protected final UserLimits.Reservation reserve(UserLimits limits, String user, long prompt, long output) {
		return permit(limits, user).reserve(spending(List.of(TOKENS), prompt, output))
			.blockOptional(LIMIT)
			.orElseThrow();
	}

	private RefusedException refusal(UserLimits limits, String user, long prompt, long output) {
		try {
			reserve(limits, user, prompt, output);
		}
		catch (RefusedException ex) {
			return ex;
		}
		throw new AssertionError("It was reserved");
	}

	/**
	 * Admit a request.
	 * @param limits the limits
	 * @param user its user
	 * @return the permit
	 */
	protected static UserLimits.Permit permit(UserLimits limits, String user) {
		return limits.admit(user).blockOptional(LIMIT).orElseThrow();
	}

	/**
	 * Describe what a call is to spend.
	 * @param budgets from what
	 * @param prompt how many tokens the prompt has
	 * @param output how many tokens the answer may have
	 * @return what it spends
	 */
	protected static Spending spending(List<Budget> budgets, long prompt, long output) {
		return new Spending(budgets, prompt, 0, output, 1, 0);
	}

}
