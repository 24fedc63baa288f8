package ai.apertis.client.error;

import org.jspecify.annotations.Nullable;

/**
 * The gateway sent something that is no answer in its protocol: a page instead of a
 * stream, or an event that is no JSON object.
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
