package ai.apertis.client.observation;

import org.jspecify.annotations.Nullable;

/**
 * What is observed besides the usual.
 *
 * @param estimator counts the tokens of calls whose usage was not told, {@code null} to
 * guess them
 * @param capture whether prompts and completions are kept
 * @param repeats hears of calls that are repeated
 */
public record ChatObservationSettings(@Nullable TokenEstimator estimator, ContentCapture capture,
		RepeatListener repeats) {

	/** Nothing besides the usual. */
	public static final ChatObservationSettings DEFAULTS = new ChatObservationSettings(null, ContentCapture.NONE,
			RepeatListener.NONE);

	boolean needsTranscript() {
		return this.estimator != null || this.capture.isOn();
	}

}
