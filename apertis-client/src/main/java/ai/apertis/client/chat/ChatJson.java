package ai.apertis.client.chat;

import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes requests to JSON and reads chunks from it. Safe for use by several threads.
 */
public final class ChatJson {

	/**
	 * Takes no value for another: no number for a constant, no fraction for an integer.
	 */
	private static final ChatJson STRICT = new ChatJson(JsonMapper.builder()
		.enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
		.disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
		.build());

	private final JsonMapper mapper;

	/**
	 * Create a codec.
	 * @param mapper writes the values of parameters and of message content
	 */
	public ChatJson(JsonMapper mapper) {
		this.mapper = mapper;
	}

	/**
	 * Return a codec for values that a model has written by a schema of their type.
	 * @return the codec, which does not know the application's settings, as the schema
	 * does not
	 */
	public static ChatJson strict() {
		return STRICT;
	}

	/**
	 * Write a request that asks for a stream.
	 * @param request the request
	 * @return its JSON
	 * @throws JacksonException if a parameter's value cannot be written
	 */
	public byte[] writeStreaming(ChatCompletionRequest request) {
		Map<String, Object> body = new LinkedHashMap<>(request.parameters());
		body.put("messages", messages(request));
		body.put("stream", true);
		body.putIfAbsent("stream_options", Map.of("include_usage", true));
		return this.mapper.writeValueAsBytes(body);
	}

	/**
	 * Write a request that asks for the whole answer at once.
	 * @param request the request
	 * @return its JSON
	 * @throws JacksonException if a parameter's value cannot be written
	 */
	public byte[] writeWhole(ChatCompletionRequest request) {
		Map<String, Object> body = new LinkedHashMap<>(request.parameters());
		body.put("messages", messages(request));
		// the gateway refuses it without a stream
		body.remove("stream_options");
		body.remove("stream");
		return this.mapper.writeValueAsBytes(body);
	}

	private static List<Map<String, Object>> messages(ChatCompletionRequest request) {
		return request.messages().stream().map(ChatJson::members).toList();
	}

	private static Map<String, Object> members(ChatMessage message) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("role", message.role());
		if (message.content() != null || "assistant".equals(message.role())) {
			// servers that are strict want it, also beside tool calls
			members.put("content", message.content());
		}
		members.putAll(message.extra());
		return members;
	}

	/**
	 * Return a message as it is sent.
	 * @param message the message
	 * @return its JSON
	 */
	public ObjectNode tree(ChatMessage message) {
		return this.mapper.valueToTree(members(message));
	}

	/**
	 * Read a chunk.
	 * @param json the chunk's JSON
	 * @return the chunk
	 * @throws JacksonException if the text is no JSON
	 */
	public ChatCompletionChunk readChunk(String json) {
		return ChunkReader.read(json);
	}

	/**
	 * Read a whole answer. The result is the same as that of a stream of the same answer.
	 * @param json the answer's JSON
	 * @return the completion
	 * @throws JacksonException if the bytes are no JSON
	 */
	public ChatCompletion readCompletion(byte[] json) {
		ChatCompletionAccumulator whole = new ChatCompletionAccumulator();
		whole.add(ChunkReader.read(json));
		return whole.completion();
	}

	/**
	 * Read any JSON.
	 * @param json the JSON
	 * @return its value, which may be missing or null
	 * @throws JacksonException if the text is no JSON
	 */
	public JsonNode readTree(String json) {
		return this.mapper.readTree(json);
	}

	/**
	 * Read a value of any type.
	 * @param json its JSON
	 * @param type its type
	 * @param <T> its type
	 * @return the value
	 * @throws JacksonException if it is no such value
	 */
	public <T> T readValue(JsonNode json, Class<T> type) {
		return this.mapper.treeToValue(json, type);
	}

	/**
	 * Read a value of any type, a generic one too.
	 * @param json its JSON
	 * @param type its type
	 * @param <T> the same type, as the caller knows it
	 * @return the value
	 * @throws JacksonException if it is no such value
	 */
	public <T> T readValue(JsonNode json, Type type) {
		return this.mapper.treeToValue(json, this.mapper.constructType(type));
	}

	/**
	 * Write a value of any type.
	 * @param value the value
	 * @return its JSON
	 * @throws JacksonException if it cannot be written
	 */
	public String writeValue(Object value) {
		return this.mapper.writeValueAsString(value);
	}

	/**
	 * Read a list of models.
	 * @param json the list's JSON
	 * @return the models
	 * @throws JacksonException if the bytes are no JSON
	 */
	public List<Model> readModels(byte[] json) {
		return this.mapper.readTree(json)
			.path("data")
			.valueStream()
			.filter((model) -> model.has("id"))
			.map(Model::of)
			.toList();
	}

}
