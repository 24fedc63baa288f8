package ai.apertis.client.stream;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisException;
import tools.jackson.databind.JsonNode;

/**
 * Protocol of one endpoint of the gateway. Judges its streams, and converts between the
 * two forms of a response, as gateways send events where JSON was requested, and JSON
 * where events were. Safe for use by several threads.
 */
public interface ApiProtocol {

	/**
	 * Start to judge a stream.
	 * @param choices how many choices were requested
	 * @param limits the limits of the stream
	 * @return the protocol of that stream
	 */
	StreamProtocol start(int choices, StreamLimits limits);

	/**
	 * Convert a response that came as JSON to the data of an event.
	 * @param response the response, which may be changed
	 * @return the data of an event that says the same
	 */
	default JsonNode toEvent(JsonNode response) {
		return response;
	}

	/**
	 * Start to collect a response that came as events.
	 * @return the collector
	 */
	ResponseCollector collector();

	/**
	 * Keep with a failure what was received of a response that is not streamed.
	 * @param failure the failure
	 * @param received the JSON as far as it was received
	 */
	default void keepReceived(ApertisException failure, byte[] received) {
	}

}
