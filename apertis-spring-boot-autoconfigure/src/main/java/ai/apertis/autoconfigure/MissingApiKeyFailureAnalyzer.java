package ai.apertis.autoconfigure;

import java.util.Locale;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Failure analyzer for {@link MissingApiKeyException}.
 */
class MissingApiKeyFailureAnalyzer extends AbstractFailureAnalyzer<MissingApiKeyException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingApiKeyException cause) {
		if (cause.isUnsendable()) {
			return new FailureAnalysis(
					"The Apertis client cannot be created, because the API key in '" + cause.property()
							+ "' has characters that no HTTP header can have, such as a blank or a line break.",
					"Set the property '" + cause.property()
							+ "' to the key alone, on one line. Get a key at https://apertis.ai/token.",
					cause);
		}
		String why = (cause.placeholder() != null) ? "the property '" + cause.property() + "' is '"
				+ cause.placeholder() + "', and nothing stands for that placeholder" : "no API key is configured";
		return new FailureAnalysis("The Apertis client cannot be created, because " + why + ".",
				"Set the property '" + cause.property() + "', or the environment variable "
						+ cause.property().toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_')
						+ ". Get a key at https://apertis.ai/token."
						+ " To supply it in another way, define a bean of type ApertisConnectionDetails.",
				cause);
	}

}
