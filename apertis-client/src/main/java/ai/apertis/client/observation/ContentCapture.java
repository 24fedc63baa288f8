package ai.apertis.client.observation;

import java.util.function.UnaryOperator;

/**
 * Whether prompts and completions are recorded in spans and logs. By default they are
 * not.
 *
 * @param spans whether they become attributes of spans
 * @param logs whether they are logged when a call ends
 * @param redaction is applied to each text before it is kept
 * @param maxCharacters where each text is cut
 */
public record ContentCapture(boolean spans, boolean logs, UnaryOperator<String> redaction, int maxCharacters) {

	/** Keeps nothing. */
	public static final ContentCapture NONE = new ContentCapture(false, false, UnaryOperator.identity(), 0);

	boolean isOn() {
		return this.spans || this.logs;
	}

	String keep(String text) {
		String redacted = this.redaction.apply(text);
		return (redacted.length() <= this.maxCharacters) ? redacted : redacted.substring(0, this.maxCharacters) + "…";
	}

}
