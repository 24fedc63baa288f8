package ai.apertis.passthrough;

import java.util.List;

/**
 * Strategy for the budgets of a request, such as those of its user's plan. Define a bean
 * of this type if they are not the same for all.
 */
@FunctionalInterface
public interface BudgetPlan {

	/**
	 * Return the budgets that a request is paid from. Called for each request after all
	 * policies, on WebFlux by an event loop: it must not block. What has been spent stays
	 * spent if the limit of a budget changes.
	 * @param request the request, as it goes upstream
	 * @return the budgets, none with the same {@linkplain Budget#name() name}; empty for
	 * no limit
	 */
	List<Budget> budgets(PassThroughRequest request);

}
