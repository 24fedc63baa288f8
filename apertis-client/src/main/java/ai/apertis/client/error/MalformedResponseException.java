package ai.apertis.client.error;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the gateway sends something outside its protocol: a page instead of a
 * stream, or an event that is not a JSON object.
 */
public class MalformedResponseException extends ApertisException {

	/**
	 * Create an exception.
	 * @param message what was received instead, without its content
	 * @param cause why it cannot be read, {@code null} if the message says all
	 */
	public MalformedResponseException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
