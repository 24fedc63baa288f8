package ai.apertis.passthrough.format;

/**
 * Format of a route's errors. Safe for use by several threads.
 */
public interface ErrorFormat {

	/**
	 * Return the response to a request that has failed before anything was sent.
	 * @param failure the failure
	 * @return the response
	 */
	ErrorResponse response(Throwable failure);

	/**
	 * Return the event that reports a failure in a stream that has begun.
	 * @param failure the failure
	 * @return the bytes of the event
	 */
	byte[] event(Throwable failure);

}
