package ai.apertis.client.protocol;

import java.util.function.BiConsumer;
import java.util.function.Consumer;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletionAccumulator;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.ChunkDecoder;
import ai.apertis.client.chat.CompletionWriter;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.ResponseCollector;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@link ApiProtocol} of the endpoint for chat completions.
 */
public final class ChatCompletionsApi implements ApiProtocol {

	private static final String PATH = "/chat/completions";

	private static final ChatCompletionsApi PROTOCOL = new ChatCompletionsApi();

	private ChatCompletionsApi() {
	}

	/**
	 * Create a request for chat completions.
	 * @param model the model in the JSON, {@code null} if it names none
	 * @param choices how many choices it requests
	 * @param streaming whether it requests a stream
	 * @param json the body, which must not be changed any more
	 * @return the request
	 */
	public static ApiRequest request(@Nullable String model, int choices, boolean streaming, byte[] json) {
		return new ApiRequest(PATH, PROTOCOL, model, choices, streaming, json);
	}

	@Override
	public StreamProtocol start(int choices, StreamLimits limits) {
		return new ChatCompletionsProtocol(choices, limits.finishReasonRequired(), limits.finishReasons());
	}

	@Override
	public void readText(JsonNode event, BiConsumer<Integer, String> text) {
		int position = 0;
		for (JsonNode choice : event.path("choices")) {
			int index = choice.path("index").asInt(position++);
			JsonNode delta = choice.has("delta") ? choice.path("delta") : choice.path("message");
			String reasoning = delta.path("reasoning_content").asString("");
			text.accept(index, reasoning.isEmpty() ? delta.path("reasoning").asString("") : reasoning);
			readContent(delta.path("content"), (part) -> text.accept(index, part));
			text.accept(index, delta.path("refusal").asString(""));
			for (JsonNode call : delta.path("tool_calls")) {
				text.accept(index, call.path("function").path("name").asString(""));
				text.accept(index, call.path("function").path("arguments").asString(""));
			}
		}
	}

	private static void readContent(JsonNode content, Consumer<String> text) {
		if (content.isArray()) {
			content.forEach((part) -> text.accept(part.path("text").asString("")));
		}
		else {
			text.accept(content.asString(""));
		}
	}

	/**
	 * Convert a whole completion to a chunk, which is what clients of a stream
	 * understand.
	 */
	@Override
	public JsonNode toEvent(JsonNode response) {
		for (JsonNode choice : response.path("choices")) {
			if (choice instanceof ObjectNode members && members.path("message").isObject() && !members.has("delta")) {
				members.set("delta", members.remove("message"));
				number(members.path("delta").path("tool_calls"));
			}
		}
		if (response instanceof ObjectNode members && members.has("object")) {
			members.put("object", "chat.completion.chunk");
		}
		return response;
	}

	private static void number(JsonNode toolCalls) {
		int index = 0;
		for (JsonNode call : toolCalls) {
			if (call instanceof ObjectNode toolCall && !toolCall.has("index")) {
				toolCall.put("index", index);
			}
			index++;
		}
	}

	@Override
	public ResponseCollector collector() {
		return new CompletionCollector();
	}

	@Override
	public void keepReceived(ApertisException failure, byte[] received) {
		if (failure instanceof StreamInterruptedException && failure.partialCompletion().isEmpty()) {
			failure.keepPartialCompletion(ChatJson.strict().readCompletion(received));
		}
	}

	private static final class CompletionCollector implements ResponseCollector {

		private final ChunkDecoder chunks = new ChunkDecoder();

		private final ChatCompletionAccumulator received = new ChatCompletionAccumulator();

		@Override
		public void add(Event event) {
			this.received.add(this.chunks.decode(event.data(), event.dataStart(), event.dataEnd()));
		}

		@Override
		public boolean isEmpty() {
			return this.received.isEmpty();
		}

		@Override
		public byte[] json(StreamSummary summary) {
			return CompletionWriter.write(this.received.completion(), summary.usage());
		}

		@Override
		public void keepIn(ApertisException failure) {
			if (!this.received.isEmpty()) {
				failure.keepPartialCompletion(this.received.completion());
			}
		}

	}

}
