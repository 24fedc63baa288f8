package ai.apertis.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Tells what to do about a {@link MissingApiKeyException}.
 */
class MissingApiKeyFailureAnalyzer extends AbstractFailureAnalyzer<MissingApiKeyException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingApiKeyException cause) {
		return new FailureAnalysis("The Apertis client cannot be created, because no API key is configured.",
				"Set the property 'apertis.api-key', or the environment variable APERTIS_API_KEY."
						+ " Get a key at https://apertis.ai/token."
						+ " To supply it in another way, define a bean of type ApertisConnectionDetails.",
				cause);
	}

}
