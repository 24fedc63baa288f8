package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import ai.apertis.passthrough.LimitUse;

/**
 * Headers that tell what is left of budgets, as
 * {@code draft-ietf-httpapi-ratelimit-headers} has them.
 */
final class BudgetHeaders {

	private static final String POLICY = "RateLimit-Policy";

	private static final String LEFT = "RateLimit";

	private BudgetHeaders() {
	}

	/**
	 * Tell about the budgets of a user. What all users have left together is nobody's
	 * affair.
	 */
	static Map<String, String> of(List<LimitUse> uses) {
		List<String> policies = new ArrayList<>();
		List<String> left = new ArrayList<>();
		for (LimitUse use : uses) {
			Duration period = use.period();
			if (period != null && !use.isOfApplication()) {
				String name = '"' + use.limit() + '-' + period.toSeconds() + "s\"";
				policies.add(name + ";q=" + use.max() + ";w=" + period.toSeconds() + ";qu=\"" + use.limit() + '"');
				left.add(name + ";r=" + use.left() + ";t=" + seconds((use.reset() != null) ? use.reset() : period));
			}
		}
		return policies.isEmpty() ? Map.of()
				: Map.of(POLICY, String.join(", ", policies), LEFT, String.join(", ", left));
	}

	private static long seconds(Duration duration) {
		return duration.plusMillis(999).toSeconds();
	}

}
