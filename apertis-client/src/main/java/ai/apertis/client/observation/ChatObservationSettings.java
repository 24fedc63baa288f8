package ai.apertis.client.observation;

import org.jspecify.annotations.Nullable;

/**
 * What is observed besides the usual.
 *
 * @param estimator counts the tokens of calls whose usage was not told, {@code null} to
 * guess them
 * @param capture whether prompts and completions are kept
 * @param retries hears of calls that are repeated
 */
public record ChatObservationSettings(@Nullable TokenEstimator estimator, ContentCapture capture,
		RetryListener retries) {

	/** Nothing besides the usual. */
	public static final ChatObservationSettings DEFAULTS = new ChatObservationSettings(null, ContentCapture.NONE,
			RetryListener.NONE);

	boolean needsTranscript() {
		return this.estimator != null || this.capture.isOn();
	}

}
