package ai.apertis.client.error;

import java.time.Duration;

/**
 * Thrown when the gateway is silent, or takes, for longer than a limit.
 * {@link #partialCompletion()} holds what was received before.
 */
public class StreamTimeoutException extends StreamInterruptedException {

	private final Limit limit;

	private final Duration duration;

	/**
	 * Create an exception.
	 * @param limit the limit that was passed
	 * @param duration how long the limit is
	 */
	public StreamTimeoutException(Limit limit, Duration duration) {
		super(limit.description.formatted(duration), null);
		this.limit = limit;
		this.duration = duration;
	}

	/**
	 * Return which limit was passed.
	 * @return the limit
	 */
	public Limit limit() {
		return this.limit;
	}

	/**
	 * Return how long the limit is.
	 * @return the duration
	 */
	public Duration duration() {
		return this.duration;
	}

	/**
	 * The limits of a stream's silence.
	 */
	public enum Limit {

		/** From the call to the first chunk. */
		FIRST_CHUNK("No chunk came within %s of the call; the limit is " + Setting.FIRST_CHUNK_TIMEOUT),

		/** Between two signs of life. */
		IDLE("The stream fell silent for %s; the limit is " + Setting.IDLE_TIMEOUT),

		/** Between two chunks, however many comments come between them. */
		CONTENT("No chunk came for %s; the limit is " + Setting.CONTENT_TIMEOUT),

		/** From an attempt's start to the end of a response that is not streamed. */
		WHOLE_RESPONSE("The answer was not whole within %s; the limit is " + Setting.WHOLE_RESPONSE_TIMEOUT),

		/** From the call to the end of the answer. */
		TOTAL("The answer was not whole within %s; the limit is " + Setting.TOTAL_TIMEOUT);

		private final String description;

		Limit(String description) {
			this.description = description;
		}

	}

}
