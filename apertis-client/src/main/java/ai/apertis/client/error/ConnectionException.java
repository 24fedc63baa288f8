package ai.apertis.client.error;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when no connection to the gateway could be made, or when it broke before the
 * gateway responded.
 */
public class ConnectionException extends ApertisException {

	/**
	 * Create an exception.
	 * @param message what went wrong
	 * @param cause the failure of the connection, {@code null} if none was tried
	 */
	public ConnectionException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
