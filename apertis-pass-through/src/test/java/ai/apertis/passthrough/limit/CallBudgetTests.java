package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.UserLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CallBudget}.
 */
class CallBudgetTests {

	private static final RefusedException SPENT = RefusedException.of(429, "token_budget_exceeded", "none");

	private final List<String> asked = new ArrayList<>();

	private final List<RefusedException> ended = new ArrayList<>();

	private VirtualTimeScheduler clock;

	private Sinks.One<Long> answer = Sinks.one();

	@BeforeEach
	void start() {
		this.clock = VirtualTimeScheduler.getOrSet();
		// at its beginning it would be no time at all
		this.clock.advanceTimeBy(Duration.ofHours(1));
	}

	@AfterEach
	void stop() {
		VirtualTimeScheduler.reset();
	}

	@Test
	void asksHalfASliceAhead() {
		CallBudget budget = budget(100, 1_000);
		budget.spent(49);
		assertThat(this.asked).isEmpty();
		budget.spent(50);
		budget.spent(60);
		assertThat(this.asked).containsExactly("50 100");
		answer(100);
		budget.spent(149);
		assertThat(this.asked).hasSize(1);
		budget.spent(150);
		assertThat(this.asked).containsExactly("50 100", "150 100");
		assertThat(this.ended).isEmpty();
	}

	@Test
	void givesWhatIsReservedBeforeItEnds() {
		CallBudget budget = budget(100, 1_000);
		budget.spent(50);
		refuse(SPENT);
		budget.spent(99);
		assertThat(this.ended).isEmpty();
		budget.spent(100);
		budget.spent(101);
		assertThat(this.ended).containsExactly(SPENT);
		assertThat(this.asked).hasSize(1);
	}

	@Test
	void asksForNoMoreThanTheAnswerCanHave() {
		CallBudget budget = budget(100, 130);
		budget.spent(50);
		assertThat(this.asked).containsExactly("50 30");
		answer(30);
		budget.spent(135);
		assertThat(this.asked).hasSize(1);
		assertThat(this.ended).isEmpty();
	}

	@Test
	void anAnswerThatDoesNotKeepItsCeilingIsPaidAndEnded() {
		CallBudget budget = budget(1, 1);
		for (int tokens = 1; tokens < 9; tokens++) {
			budget.spent(tokens);
		}
		assertThat(this.asked).isEmpty();
		budget.spent(10);
		assertThat(this.asked).containsExactly("10 1");
		refuse(SPENT);
		budget.spent(11);
		assertThat(this.ended).containsExactly(SPENT);
	}

	@Test
	void manyTokensAtOnceAreMadeUpFor() {
		CallBudget budget = budget(100, 10_000);
		budget.spent(1_000);
		assertThat(this.asked).containsExactly("1000 100");
		answer(100);
		budget.spent(1_049);
		assertThat(this.asked).hasSize(1);
		budget.spent(1_050);
		assertThat(this.asked).containsExactly("1000 100", "1050 100");
		assertThat(this.ended).isEmpty();
	}

	@Test
	void endsWhenNobodyAnswersForAnotherSlice() {
		CallBudget budget = budget(100, 1_000);
		budget.spent(50);
		budget.spent(199);
		assertThat(this.ended).isEmpty();
		budget.spent(200);
		assertThat(this.ended).extracting(RefusedException::code).containsExactly("limits_unavailable");
	}

	@Test
	void asksAgainWhereTheStoreIsAway() {
		CallBudget budget = budget(100, 1_000);
		budget.spent(50);
		refuse(new IllegalStateException("away"));
		budget.spent(74);
		budget.spent(75);
		refuse(CallBudget.unavailable());
		budget.spent(88);
		assertThat(this.asked).containsExactly("50 100", "75 100", "88 100");
		answer(100);
		budget.spent(120);
		assertThat(this.ended).isEmpty();
	}

	@Test
	void endsWhereTheStoreStaysAway() {
		CallBudget budget = budget(100, 1_000);
		for (int tokens = 1; tokens <= 100; tokens++) {
			budget.spent(tokens);
			refuse(new IllegalStateException("away"));
		}
		assertThat(this.ended).extracting(RefusedException::code).containsExactly("limits_unavailable");
		assertThat(this.asked).hasSizeBetween(3, 10);
	}

	@Test
	void aModelThatThinksIsPaid() {
		CallBudget budget = budget(100, 1_000);
		this.clock.advanceTimeBy(Duration.ofSeconds(10));
		assertThat(this.asked).isEmpty();
		this.clock.advanceTimeBy(Duration.ofSeconds(5));
		assertThat(this.asked).containsExactly("250 100");
		refuse(SPENT);
		this.clock.advanceTimeBy(Duration.ofSeconds(5));
		assertThat(this.ended).containsExactly(SPENT);
		assertThat(budget.thought()).isEqualTo(500);
	}

	@Test
	void aModelMayThinkBetweenItsWords() {
		CallBudget budget = budget(1_000, 100_000);
		budget.spent(5);
		this.clock.advanceTimeBy(Duration.ofSeconds(5 + 10 + 10));
		assertThat(budget.thought()).isEqualTo(500);
		assertThat(this.asked).containsExactly("505 1000");
		answer(1_000);
		budget.spent(6);
		this.clock.advanceTimeBy(Duration.ofSeconds(5 + 10));
		assertThat(budget.thought()).isEqualTo(500);
		this.clock.advanceTimeBy(Duration.ofSeconds(5));
		assertThat(budget.thought()).isEqualTo(750);
	}

	@Test
	void whatIsNotStreamedAsksForAnotherAttemptWithAllOfIt() {
		CallBudget budget = new CallBudget(new Scripted(500), 10, 100, 500);
		budget.watchWhole(this.ended::add);
		budget.retried(0);
		assertThat(this.asked).containsExactly("10 500");
		refuse(SPENT);
		assertThat(this.ended).containsExactly(SPENT);
	}

	@Test
	void aModelThatSpeaksDoesNotThink() {
		CallBudget budget = budget(100, 1_000);
		for (int tokens = 1; tokens < 40; tokens++) {
			budget.spent(tokens);
			this.clock.advanceTimeBy(Duration.ofSeconds(9));
		}
		assertThat(this.asked).isEmpty();
		assertThat(budget.thought()).isZero();
	}

	@Test
	void aRetryCostsAPromptMore() {
		CallBudget budget = budget(100, 1_000);
		budget.retried(5);
		budget.spent(34);
		assertThat(this.asked).isEmpty();
		budget.spent(35);
		assertThat(this.asked).containsExactly("50 100");
	}

	@Test
	void nothingIsAskedForWhatHasEnded() {
		CallBudget budget = budget(100, 1_000);
		budget.settle(30, 0);
		budget.settle(40, 0);
		budget.spent(500);
		this.clock.advanceTimeBy(Duration.ofMinutes(5));
		assertThat(this.asked).containsExactly("settled 30");
		assertThat(this.ended).isEmpty();
	}

	private CallBudget budget(long slice, long ceiling) {
		CallBudget budget = new CallBudget(new Scripted(slice), 10, slice, ceiling);
		budget.watch(this.ended::add);
		return budget;
	}

	private void answer(long more) {
		Sinks.One<Long> answered = this.answer;
		this.answer = Sinks.one();
		answered.tryEmitValue(more);
	}

	private void refuse(RuntimeException why) {
		Sinks.One<Long> answered = this.answer;
		this.answer = Sinks.one();
		answered.tryEmitError(why);
	}

	/**
	 * A reservation that is answered by the test.
	 */
	private final class Scripted implements UserLimits.Reservation {

		private final long granted;

		Scripted(long granted) {
			this.granted = granted;
		}

		@Override
		public long granted() {
			return this.granted;
		}

		@Override
		public Mono<Long> extend(long spent, long more) {
			CallBudgetTests.this.asked.add(spent + " " + more);
			return CallBudgetTests.this.answer.asMono();
		}

		@Override
		public Mono<Void> settle(long tokens, long cost) {
			return Mono.fromRunnable(() -> CallBudgetTests.this.asked.add("settled " + tokens));
		}

	}

}
