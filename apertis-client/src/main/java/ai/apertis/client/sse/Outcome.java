package ai.apertis.client.sse;

/**
 * The four ways in which a stream ends. Every stream ends in exactly one of them.
 */
public enum Outcome {

	/** The answer is whole. */
	COMPLETED,

	/** The gateway answered with an error, before or inside the stream. */
	FAILED,

	/** The connection ended, or fell silent past its limit, before completion. */
	INTERRUPTED,

	/** The consumer went away, and the upstream connection was closed at once. */
	CANCELLED;

	private final String value = name().toLowerCase(java.util.Locale.ROOT);

	/**
	 * Return the outcome's name in logs and metrics.
	 * @return the name in lower case
	 */
	public String value() {
		return this.value;
	}

}
