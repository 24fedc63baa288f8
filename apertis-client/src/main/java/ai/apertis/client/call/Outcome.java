package ai.apertis.client.call;

import java.util.Locale;

import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.StreamInterruptedException;

/**
 * Outcome of a stream. Every stream ends in exactly one of the four.
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

	private final String value = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the outcome's name in logs and metrics.
	 * @return the name in lower case
	 */
	public String value() {
		return this.value;
	}

	/**
	 * Return the outcome of a call that has failed without or instead of a stream.
	 * @param failure the failure
	 * @return {@link #FAILED} if the gateway has answered, {@link #INTERRUPTED} if it has
	 * not
	 */
	public static Outcome of(Throwable failure) {
		return (failure instanceof ConnectionException || failure instanceof StreamInterruptedException) ? INTERRUPTED
				: FAILED;
	}

}
