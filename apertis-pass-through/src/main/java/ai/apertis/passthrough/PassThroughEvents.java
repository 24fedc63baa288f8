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

}
