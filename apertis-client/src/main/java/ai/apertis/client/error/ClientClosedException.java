package ai.apertis.client.error;

/**
 * The client has been closed: no further call can be made with it.
 */
public class ClientClosedException extends ConnectionException {

	/**
	 * Create an exception.
	 */
	public ClientClosedException() {
		super("The client is closed, so that no call can be made with it", null);
	}

}
