package ai.apertis.passthrough.resume;

/**
 * State of a stored stream.
 */
public enum StreamState {

	/** Its owner adds to it. */
	RUNNING,

	/** It is whole. */
	COMPLETED,

	/** The gateway has reported an error, which is the last event. */
	FAILED,

	/** It has broken off; the last event says so. */
	INTERRUPTED,

	/** It was stopped; the last event says so. */
	STOPPED,

	/** Its owner has gone, or could not store it any more. No event says so. */
	LOST

}
