package ai.apertis.client.error;

import org.jspecify.annotations.Nullable;

/**
 * No connection to the gateway could be made, or it broke before the gateway answered.
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
