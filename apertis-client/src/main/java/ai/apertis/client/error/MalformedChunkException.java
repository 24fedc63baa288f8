package ai.apertis.client.error;

/**
 * The gateway sent something that is not the JSON of a chunk, or of a completion. It may
 * have been cut off or garbled on the way, so that the call is repeated as long as
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
