package ai.apertis.client.error;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when all connections to the gateway are in use, each by a stream, and none
 * became free in time. Nothing has been sent. Not retried: the application makes more
 * calls at a time than its limits allow.
 */
public class ConnectionLimitException extends ConnectionException {

	/**
	 * Create an exception.
	 * @param cause what the pool says, {@code null} if there is nothing else to say
	 */
	public ConnectionLimitException(@Nullable Throwable cause) {
		super("All connections to the gateway are in use, each by a stream:" + " raise " + Setting.MAX_CONNECTIONS
				+ ", or make fewer calls at a time", cause);
	}

}
