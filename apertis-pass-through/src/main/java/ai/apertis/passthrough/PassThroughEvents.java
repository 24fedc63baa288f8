package ai.apertis.passthrough;

/**
 * Callback for what the pass-through does besides relaying.
 */
public interface PassThroughEvents {

	/** Wants to know nothing. */
	PassThroughEvents NONE = new PassThroughEvents() {
	};

	/**
	 * A request was refused, or a stream stopped.
	 * @param code the exact reason
	 */
	default void refused(String code) {
	}

	/**
	 * A client got a sign of life.
	 */
	default void heartbeat() {
	}

	/**
	 * A client has hung up.
	 * @param draining whether the gateway's stream is read on
	 */
	default void disconnected(boolean draining) {
	}

	/**
	 * A stream is being stored, so that it can be resumed.
	 */
	default void streamStored() {
	}

	/**
	 * A stream is not stored any more before it has ended: it is too large, or the store
	 * takes it too slowly.
	 */
	default void storingGivenUp() {
	}

	/**
	 * A stored stream is read on, as its client may come back.
	 */
	default void detached() {
	}

	/**
	 * Somebody resumes a stream.
	 */
	default void resumed() {
	}

	/**
	 * A stored stream has been found whose owner has gone.
	 */
	default void ownerLost() {
	}

}
