package ai.apertis.client.error;

/**
 * Thrown when a call is made with a client that has been closed.
 */
public class ClientClosedException extends ConnectionException {

	/**
	 * Create an exception.
	 */
	public ClientClosedException() {
		super("The client is closed, so that no call can be made with it", null);
	}

}
