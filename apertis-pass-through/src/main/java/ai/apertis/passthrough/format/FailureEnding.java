package ai.apertis.passthrough.format;

import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;

/**
 * How the stream of a protocol ends that has failed, where that takes more than an event.
 * For one stream, used by one thread at a time.
 */
interface FailureEnding {

	/**
	 * An event goes down to the client.
	 */
	void relayed(Event event, EventKind meaning);

	/**
	 * Return whether the client has been told all that it needs.
	 */
	boolean isTold();

	/**
	 * Return what is still to be told.
	 */
	byte[] rest(Throwable failure);

}
