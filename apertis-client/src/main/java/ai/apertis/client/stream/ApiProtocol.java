package ai.apertis.client.stream;

import java.util.Set;
import java.util.function.BiConsumer;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.MalformedResponseException;
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
	 * Return the name of the operation, for spans and meters.
	 * @return the value of {@code gen_ai.operation.name}
	 */
	default String operation() {
		return "chat";
	}

	/**
	 * Return where the prompt is, for estimates of its tokens and for content that is
	 * recorded.
	 * @return the names of the members of a request that hold text for the model
	 */
	default Set<String> promptMembers() {
		return Set.of("messages");
	}

	/**
	 * Read the text that the model has written, for exact counts of its tokens and for
	 * content that is recorded. Without it, tokens are estimated by the stream's summary.
	 * @param event the data of an event, or a response that is not streamed
	 * @param text takes the index of a choice, and text that goes on with that choice's
	 */
	default void readText(JsonNode event, BiConsumer<Integer, String> text) {
	}

	/**
	 * Convert a response that came as JSON to the data of an event. It keeps the type
	 * {@code message}.
	 * @param response the response, which may be changed
	 * @return the data of an event that says the same
	 */
	default JsonNode toEvent(JsonNode response) {
		return response;
	}

	/**
	 * Start to collect a response that came as events where JSON was requested.
	 * @return the collector
	 * @throws MalformedResponseException by default, as such a response is none
	 */
	default ResponseCollector collector() {
		throw new MalformedResponseException("The gateway answered with a stream instead of JSON", null);
	}

	/**
	 * Keep with a failure what was received of a response that is not streamed.
	 * @param failure the failure
	 * @param received the JSON as far as it was received
	 */
	default void keepReceived(ApertisException failure, byte[] received) {
	}

}
