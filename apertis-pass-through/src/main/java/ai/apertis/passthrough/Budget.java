package ai.apertis.passthrough;

import java.time.Duration;
import java.util.Locale;

/**
 * What may be spent in a period. It is refilled at once when the period has ended; the
 * next one begins with the next request.
 *
 * @param scope who may spend it
 * @param unit what is counted
 * @param limit how much: tokens, or billionths of the currency of the prices
 * @param period the time for which it must do
 */
public record Budget(Scope scope, Unit unit, long limit, Duration period) {

	/**
	 * Return what tells it from the other budgets of the same user.
	 * @return the name, the same after the limit has been changed
	 */
	public String name() {
		return this.scope.name().toLowerCase(Locale.ROOT) + "-" + this.unit.value() + "-" + this.period;
	}

	/**
	 * Who may spend a budget.
	 */
	public enum Scope {

		/** Each user for himself. */
		USER,

		/** All users together. */
		APPLICATION

	}

	/**
	 * What a budget counts.
	 */
	public enum Unit {

		/** Tokens of prompts and answers. */
		TOKENS,

		/** What they cost, in billionths of the currency of the prices. */
		COST;

		/**
		 * Return what limits and meters call it.
		 * @return {@code tokens} or {@code cost}
		 */
		public String value() {
			return name().toLowerCase(Locale.ROOT);
		}

		/**
		 * Return what counts for a budget of this unit.
		 * @param tokens the number of tokens
		 * @param cost their cost
		 * @return one of both
		 */
		public long of(long tokens, long cost) {
			return (this == TOKENS) ? tokens : cost;
		}

	}

}
