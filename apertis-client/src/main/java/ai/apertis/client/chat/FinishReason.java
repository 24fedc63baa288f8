package ai.apertis.client.chat;

/**
 * Reason for which a choice ended. An open set: a value that is not among the constants
 * is kept as it was sent.
 *
 * @param value the word on the wire
 */
public record FinishReason(String value) {

	/** The model came to an end, or to a stop sequence. */
	public static final FinishReason STOP = new FinishReason("stop");

	/** The token limit was reached. */
	public static final FinishReason LENGTH = new FinishReason("length");

	/** The model wants tools to be called. */
	public static final FinishReason TOOL_CALLS = new FinishReason("tool_calls");

	/** Content was left out by a filter. */
	public static final FinishReason CONTENT_FILTER = new FinishReason("content_filter");

	@Override
	public String toString() {
		return this.value;
	}

}
