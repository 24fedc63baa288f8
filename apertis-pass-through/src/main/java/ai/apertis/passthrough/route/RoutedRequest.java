package ai.apertis.passthrough.route;

import java.util.List;
import java.util.Map;

import ai.apertis.client.stream.ApiRequest;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.format.StreamFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Client's request, with what the pass-through needs to send it on.
 */
public interface RoutedRequest extends PassThroughRequest {

	/**
	 * Return what is sent to the gateway.
	 * @return the request to the gateway
	 */
	ApiRequest toUpstream();

	/**
	 * Return what is sent to the gateway in a further call of the same stream.
	 * @param messages what has been said since, in the form of the route's protocol
	 * @return the request to the gateway
	 * @throws UnsupportedOperationException unless overridden, if there are messages
	 */
	default ApiRequest toUpstream(List<? extends JsonNode> messages) {
		if (!messages.isEmpty()) {
			throw new UnsupportedOperationException("A stream of this route is one call");
		}
		return toUpstream();
	}

	/**
	 * Return the headers that are sent upstream besides those of every route.
	 * @return the headers by name
	 */
	default Map<String, String> headers() {
		return Map.of();
	}

	/**
	 * Start the format of the stream that the client gets.
	 * @return a format for one stream
	 */
	StreamFormat format();

	/**
	 * Return a parameter, for observations.
	 * @param name the parameter's name on the wire
	 * @return its value, {@code null} if it is not set
	 */
	@Nullable Object parameter(String name);

	/**
	 * Return about how much memory the request takes.
	 * @return the number of bytes
	 */
	int size();

	/**
	 * Return the conversation of which the response is a part, if it is stored under it.
	 * Such a stream can be resumed by whoever knows the conversation.
	 * @return the conversation's id, {@code null} if the stream has an id of its own
	 */
	default @Nullable String conversation() {
		return null;
	}

	/**
	 * Return how many choices the response is to have.
	 * @return the number of choices
	 */
	default int choices() {
		return 1;
	}

	/**
	 * Limit the output tokens of each choice, whatever the client has set. Called for
	 * requests whose response is not streamed, where no more is to be had.
	 * @param tokens the maximum number of tokens
	 * @return a request with this limit, this one if its protocol has no such limit
	 */
	default RoutedRequest withOutputLimit(long tokens) {
		return this;
	}

	/**
	 * Return the maximum number of output tokens that the response may have.
	 * @return the number of tokens of all choices, 0 if there is no limit
	 */
	default long maxOutputTokens() {
		return 0;
	}

}
