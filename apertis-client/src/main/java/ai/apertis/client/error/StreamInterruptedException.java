package ai.apertis.client.error;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a stream ends before the answer is whole. {@link #partialCompletion()}
 * holds what was received.
 */
public class StreamInterruptedException extends ApertisException {

	/**
	 * Create an exception.
	 * @param message how the stream ended
	 * @param cause the failure of the connection, {@code null} if it was closed in order
	 */
	public StreamInterruptedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
