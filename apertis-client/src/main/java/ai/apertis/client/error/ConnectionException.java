package ai.apertis.client.error;

/**
 * No connection to the gateway could be made, or it broke before the gateway answered.
 */
public class ConnectionException extends ApertisException {

	/**
	 * Create an exception.
	 * @param message what went wrong
	 * @param cause the failure of the connection
	 */
	public ConnectionException(String message, Throwable cause) {
		super(message, cause);
	}

}
