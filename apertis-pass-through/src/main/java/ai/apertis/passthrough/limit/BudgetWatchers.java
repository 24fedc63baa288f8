package ai.apertis.passthrough.limit;

import java.util.List;
import java.util.function.Consumer;

import ai.apertis.passthrough.LimitUse;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells when a user passes 80 and 100 % of a budget. A watcher that fails harms nobody.
 */
public final class BudgetWatchers {

	private static final Log logger = LogFactory.getLog(BudgetWatchers.class);

	private static final int[] MARKS = { 80, 100 };

	private final Consumer<LimitUse> watcher;

	/**
	 * Create a teller.
	 * @param watcher is told of each budget that has passed a mark
	 */
	public BudgetWatchers(Consumer<LimitUse> watcher) {
		this.watcher = watcher;
	}

	/**
	 * Something was spent.
	 * @param before the uses of the budgets before
	 * @param after those afterwards
	 */
	void changed(List<LimitUse> before, List<LimitUse> after) {
		for (int i = 0; i < after.size(); i++) {
			changed(before.get(i).used(), after.get(i));
		}
	}

	/**
	 * Something was spent.
	 * @param before what was used before
	 * @param after the use of the budget afterwards
	 */
	public void changed(long before, LimitUse after) {
		for (int mark : MARKS) {
			double limit = after.max() * (mark / 100.0);
			if (before < limit && after.used() >= limit) {
				tell(after);
			}
		}
	}

	/**
	 * Whatever it does with it, the budget is not its affair.
	 */
	private void tell(LimitUse use) {
		try {
			this.watcher.accept(use);
		}
		catch (RuntimeException ex) {
			logger.error("A listener of budgets has failed", ex);
		}
	}

}
