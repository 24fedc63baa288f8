package ai.apertis.passthrough.delivery;

/**
 * There is nothing to deliver: no error, but an empty response.
 */
public final class NothingToDeliverException extends RuntimeException {

	/**
	 * Create an exception without a stack trace.
	 */
	public NothingToDeliverException() {
		super("There is nothing to deliver", null, false, false);
	}

}
