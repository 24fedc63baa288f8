package ai.apertis.client.protocol;

import java.util.Set;
import java.util.function.BiConsumer;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamProtocol;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@link ApiProtocol} of the endpoint for OpenAI's Responses.
 */
public final class ResponsesApi implements ApiProtocol {

	private static final String PATH = "/responses";

	private static final ResponsesApi PROTOCOL = new ResponsesApi();

	private ResponsesApi() {
	}

	/**
	 * Create a request for a response.
	 * @param model the model in the JSON, {@code null} if it names none
	 * @param streaming whether it requests a stream
	 * @param json the body, which must not be changed any more
	 * @return the request
	 */
	public static ApiRequest request(@Nullable String model, boolean streaming, byte[] json) {
		return new ApiRequest(PATH, PROTOCOL, model, streaming, json);
	}

	@Override
	public StreamProtocol start(int choices, StreamLimits limits) {
		return new ResponsesProtocol();
	}

	@Override
	public Set<String> promptMembers() {
		return Set.of("instructions", "input");
	}

	/**
	 * What a terminal event repeats is passed over.
	 */
	@Override
	public void readText(JsonNode event, BiConsumer<Integer, String> text) {
		if (event.path("type").asString("").endsWith(".delta")) {
			text.accept(event.path("output_index").asInt(0), event.path("delta").asString(""));
		}
		else if (event.path("object").asString("").equals("response")) {
			int index = 0;
			for (JsonNode item : event.path("output")) {
				for (JsonNode part : item.path("content")) {
					text.accept(index, part.path("text").asString(part.path("refusal").asString("")));
				}
				for (JsonNode part : item.path("summary")) {
					text.accept(index, part.path("text").asString(""));
				}
				text.accept(index, item.path("name").asString(""));
				text.accept(index, item.path("arguments").asString(item.path("input").asString("")));
				index++;
			}
		}
	}

	/**
	 * A whole response is the terminal event of a stream.
	 */
	@Override
	public JsonNode toEvent(JsonNode response) {
		ObjectNode event = JsonNodeFactory.instance.objectNode();
		event.put("type", "response." + response.path("status").asString("completed"));
		event.set("response", response);
		return event;
	}

}
