package ai.apertis.client.error;

/**
 * Thrown when a single event of a stream exceeds the limit.
 */
public class EventTooLargeException extends ApertisException {

	private final int maxEventSize;

	/**
	 * Create an exception.
	 * @param maxEventSize the limit in bytes
	 */
	public EventTooLargeException(int maxEventSize) {
		super("An event of the stream is larger than " + maxEventSize + " bytes; the limit is "
				+ Setting.MAX_EVENT_SIZE);
		this.maxEventSize = maxEventSize;
	}

	/**
	 * Return the limit.
	 * @return the maximum number of bytes that one event may have
	 */
	public int maxEventSize() {
		return this.maxEventSize;
	}

}
