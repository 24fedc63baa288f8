package ai.apertis.passthrough.resume;

import ai.apertis.passthrough.RefusedException;

/**
 * How streams end that are not whole, and what their readers are told.
 */
final class Endings {

	private static final String STOPPED = "stream_stopped";

	private Endings() {
	}

	/**
	 * Somebody has stopped the stream.
	 */
	static RefusedException stopped() {
		return RefusedException.of(409, STOPPED, "The answer was stopped");
	}

	/**
	 * The stream has broken off, or whoever had it has gone.
	 */
	static RefusedException interrupted() {
		return RefusedException.of(502, "stream_interrupted", "The answer broke off before it was whole");
	}

	static boolean isStop(Throwable failure) {
		return failure instanceof RefusedException refusal && refusal.code().equals(STOPPED);
	}

}
