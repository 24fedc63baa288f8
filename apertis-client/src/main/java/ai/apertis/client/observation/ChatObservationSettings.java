package ai.apertis.client.observation;

import org.jspecify.annotations.Nullable;

/**
 * Optional parts of the observation of chat calls.
 *
 * @param estimator counts the tokens of calls whose usage was not told, {@code null} to
 * guess them
 * @param capture whether prompts and completions are kept
 * @param retries callback for retries
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
