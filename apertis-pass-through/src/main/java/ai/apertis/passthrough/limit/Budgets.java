package ai.apertis.passthrough.limit;

import java.util.Collection;
import java.util.List;
import java.util.Map;

import ai.apertis.client.observation.Price;
import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.BudgetPlan;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.Spending;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Pays calls from the budgets of their requests.
 *
 * @param plan tells the budgets of a request
 * @param prices the prices of models, by their ids
 * @param allowUnpriced whether models without a price may be asked where there is a
 * budget in money; they cost nothing then
 * @param slice how many output tokens are reserved at a time, for each choice
 * @param whole how many output tokens a response that is not streamed may have, for each
 * choice, if nothing else limits it
 * @param headers whether clients are told what is left to them
 */
public record Budgets(BudgetPlan plan, Map<String, Price> prices, boolean allowUnpriced, long slice, long whole,
		boolean headers) {

	/** Nobody has a budget. */
	public static final Budgets NONE = new Budgets((request) -> List.of(), Map.of(), true, 1, 1, false);

	/** No model writes more. */
	private static final long MAX_OUTPUT = 10_000_000;

	private static final Price FREE = Price.FREE;

	public Budgets {
		prices = Map.copyOf(prices);
	}

	/**
	 * Return the budgets of a request.
	 * @param request the request
	 * @return the budgets, empty if there is nothing to reserve
	 */
	public List<Budget> of(PassThroughRequest request) {
		return this.plan.budgets(request);
	}

	/**
	 * Reserve what a call may cost.
	 * @param permit what its user holds
	 * @param call what is known of it
	 * @return what is reserved; fails with a {@link RefusedException} if a budget has not
	 * as much, or a model has no price
	 */
	public Mono<CallBudget> reserve(HeldPermit permit, Call call) {
		return Mono.defer(() -> {
			boolean money = call.budgets().stream().anyMatch((budget) -> budget.unit() == Budget.Unit.COST);
			Price price = money ? price(call.models()) : FREE;
			long usual = (call.streaming() ? MAX_OUTPUT : this.whole) * call.choices();
			long ceiling = (call.maxOutput() > 0) ? call.maxOutput() : usual;
			long slice = this.slice * call.choices();
			// an answer that is not streamed cannot be extended
			long first = call.streaming() ? Math.min(slice, ceiling) : ceiling;
			long least = call.streaming() ? 1 : Math.min(call.choices(), ceiling);
			Spending spending = new Spending(call.budgets(), call.promptTokens(), price.ofInput(call.promptTokens()),
					first, least, price.ofOutput(1));
			return permit.reserve(spending,
					(reservation) -> new CallBudget(reservation, call.promptTokens(), slice, ceiling));
		});
	}

	/**
	 * Return the headers that tell a client what is left of its user's budgets.
	 * @param budget what is reserved for its call, {@code null} if it needs no budget
	 * @return the headers, by their names
	 */
	public Map<String, String> headers(@Nullable CallBudget budget) {
		return (this.headers && budget != null) ? BudgetHeaders.of(budget.uses()) : Map.of();
	}

	/**
	 * The dearest counts, as each of them may answer.
	 */
	private Price price(Collection<String> models) {
		Price dearest = FREE;
		for (String model : models) {
			Price price = this.prices.get(model);
			if (price == null && !this.allowUnpriced) {
				throw RefusedException
					.of(403, "model_without_price",
							"The model '" + model + "' has no price here, so that no budget can pay for it")
					.withParam("model");
			}
			dearest = (price != null) ? dearest.or(price) : dearest;
		}
		return dearest;
	}

	/**
	 * What is known of a call before it is made.
	 *
	 * @param budgets the budgets that it is paid from
	 * @param models the models that may answer
	 * @param promptTokens the estimated tokens of the prompt
	 * @param choices how many choices are wanted
	 * @param maxOutput the maximum number of output tokens of all choices, 0 if there is
	 * no limit
	 * @param streaming whether the answer is streamed
	 */
	public record Call(List<Budget> budgets, Collection<String> models, long promptTokens, int choices, long maxOutput,
			boolean streaming) {
	}

}
