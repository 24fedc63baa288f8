package ai.apertis.client.stream;

import ai.apertis.client.error.ApertisException;
import ai.apertis.client.sse.Event;

/**
 * Collects the events of a stream to the JSON of the response that was requested. Used by
 * one thread at a time.
 */
public interface ResponseCollector {

	/**
	 * Add an event that is a part of the answer, or its usage.
	 * @param event the event, valid during the call only
	 */
	void add(Event event);

	/**
	 * Keep with a failure what was collected.
	 * @param failure the failure
	 */
	default void keepIn(ApertisException failure) {
	}

	/**
	 * Return whether nothing was added.
	 * @return whether there is nothing to write
	 */
	boolean isEmpty();

	/**
	 * Write the response as far as it was collected.
	 * @param summary the summary of the stream
	 * @return the JSON of a response that is not streamed
	 */
	byte[] json(StreamSummary summary);

}
