package ai.apertis.client.error;

/**
 * Thrown when the gateway sends something other than the JSON of a chunk or a completion.
 * It may have been cut off or garbled on the way, so the call is retried as long as
 * nothing of its answer has been handed on.
 */
public class MalformedChunkException extends MalformedResponseException {

	/**
	 * Create an exception.
	 * @param message what was received instead, without its content
	 */
	public MalformedChunkException(String message) {
		super(message, null);
	}

}
