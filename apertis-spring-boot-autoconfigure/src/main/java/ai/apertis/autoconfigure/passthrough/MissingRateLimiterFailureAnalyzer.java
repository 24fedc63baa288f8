package ai.apertis.autoconfigure.passthrough;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Failure analyzer for {@link MissingRateLimiterException}.
 */
class MissingRateLimiterFailureAnalyzer extends AbstractFailureAnalyzer<MissingRateLimiterException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingRateLimiterException cause) {
		return new FailureAnalysis(
				"apertis.pass-through.per-user limits requests or tokens, but the library that counts them is not there.",
				"Add the dependency com.bucket4j:bucket4j_jdk17-core."
						+ " To count in another way, define a bean of type UserLimits.",
				cause);
	}

}
