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
 * {@link ApiProtocol} of the endpoint for Anthropic's Messages.
 */
public final class MessagesApi implements ApiProtocol {

	private static final String PATH = "/messages";

	private static final MessagesApi PROTOCOL = new MessagesApi();

	private MessagesApi() {
	}

	/**
	 * Create a request for a message.
	 * @param model the model in the JSON, {@code null} if it names none
	 * @param streaming whether it requests a stream
	 * @param json the body, which must not be changed any more
	 * @return the request
	 */
	public static ApiRequest request(@Nullable String model, boolean streaming, byte[] json) {
		return new ApiRequest(PATH, PROTOCOL, model, streaming, json);
	}

	/**
	 * Return what a stop reason means, in the words of chat completions.
	 * @param stopReason Anthropic's word
	 * @return one of {@code stop}, {@code tool_calls}, {@code length} and
	 * {@code content_filter}, another word as it is
	 */
	static String finishReason(String stopReason) {
		return switch (stopReason) {
			case "end_turn", "stop_sequence", "pause_turn", "compaction" -> "stop";
			case "tool_use" -> "tool_calls";
			case "max_tokens", "model_context_window_exceeded" -> "length";
			case "refusal" -> "content_filter";
			default -> stopReason;
		};
	}

	@Override
	public StreamProtocol start(int choices, StreamLimits limits) {
		return new MessagesProtocol();
	}

	@Override
	public Set<String> promptMembers() {
		return Set.of("system", "messages");
	}

	@Override
	public void readText(JsonNode event, BiConsumer<Integer, String> text) {
		JsonNode delta = event.path("delta");
		int index = event.path("index").asInt(0);
		text.accept(index, delta.path("thinking").asString(""));
		text.accept(index, delta.path("text").asString(""));
		text.accept(index, delta.path("partial_json").asString(""));
		readBlock(index, event.path("content_block"), text);
		readBlocks(event.path("message").path("content"), text);
		readBlocks(event.path("content"), text);
	}

	private static void readBlocks(JsonNode blocks, BiConsumer<Integer, String> text) {
		int index = 0;
		for (JsonNode block : blocks) {
			readBlock(index++, block, text);
		}
	}

	private static void readBlock(int index, JsonNode block, BiConsumer<Integer, String> text) {
		text.accept(index, block.path("thinking").asString(""));
		text.accept(index, block.path("text").asString(""));
		text.accept(index, block.path("name").asString(""));
		if (block.path("input").isObject() && !block.path("input").isEmpty()) {
			text.accept(index, block.path("input").toString());
		}
	}

	/**
	 * A whole message is the beginning of a stream that has it in it.
	 */
	@Override
	public JsonNode toEvent(JsonNode response) {
		ObjectNode event = JsonNodeFactory.instance.objectNode();
		event.put("type", "message_start");
		event.set("message", response);
		return event;
	}

}
