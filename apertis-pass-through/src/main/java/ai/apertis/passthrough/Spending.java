package ai.apertis.passthrough;

import java.util.List;

/**
 * What a call is expected to spend, before it is sent upstream. Costs are billionths of
 * the currency of the prices.
 *
 * @param budgets the budgets that it is taken from
 * @param promptTokens the estimated tokens of the prompt
 * @param promptCost what the prompt costs
 * @param outputTokens the output tokens to reserve at first, fewer if there are no more
 * @param leastTokens with fewer output tokens the call makes no sense
 * @param outputCost what an output token costs
 */
public record Spending(List<Budget> budgets, long promptTokens, long promptCost, long outputTokens, long leastTokens,
		long outputCost) {

	public Spending {
		budgets = List.copyOf(budgets);
	}

	/**
	 * Return what the prompt takes from a budget.
	 * @param budget the budget
	 * @return tokens or costs
	 */
	public long prompt(Budget budget) {
		return budget.unit().of(this.promptTokens, this.promptCost);
	}

	/**
	 * Return what an output token takes from a budget.
	 * @param budget the budget
	 * @return tokens or costs
	 */
	public long perToken(Budget budget) {
		return budget.unit().of(1, this.outputCost);
	}

	/**
	 * Return what the prompt and a part of the answer take from a budget.
	 * @param budget the budget
	 * @param output the output tokens of the part
	 * @return tokens or costs
	 */
	public long amount(Budget budget, long output) {
		return prompt(budget) + output * perToken(budget);
	}

}
