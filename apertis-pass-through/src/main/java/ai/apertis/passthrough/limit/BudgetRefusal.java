package ai.apertis.passthrough.limit;

import java.time.Duration;

import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.RefusedException;

/**
 * What is told of a budget that has no more.
 */
public final class BudgetRefusal {

	private static final Duration SOON = Duration.ofSeconds(1);

	private BudgetRefusal() {
	}

	/**
	 * Refuse a call, or end it.
	 * @param budget the budget
	 * @param reset when it is refilled, from now
	 * @param reserved whether it would do, but for what other calls have reserved
	 * @return the refusal
	 */
	public static RefusedException of(Budget budget, Duration reset, boolean reserved) {
		boolean tokens = budget.unit() == Budget.Unit.TOKENS;
		String code = tokens ? "token_budget_exceeded" : "cost_budget_exceeded";
		String what = tokens ? "tokens" : "budget";
		boolean user = budget.scope() == Budget.Scope.USER;
		if (reserved) {
			return RefusedException.tooMany(code, (user ? "Your" : "The application's")
					+ " answers under way may need the rest of the " + what + ": please wait for one of them to end",
					SOON);
		}
		if (reset.isZero()) {
			return RefusedException.of(429, code, "The request alone needs more than "
					+ (user ? "your" : "the application's") + " whole " + (tokens ? "budget of tokens" : "budget"));
		}
		return RefusedException.tooMany(code, (user ? "You have used up your " : "The application has used up its ")
				+ what + ": please wait for the next period", reset);
	}

}
