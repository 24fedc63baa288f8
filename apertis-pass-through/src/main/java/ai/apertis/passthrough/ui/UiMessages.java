package ai.apertis.passthrough.ui;

import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.Set;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.route.RequestReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The messages of a page, turned into those of chat completions, one at a time: no tree
 * of all of them is made.
 */
final class UiMessages {

	static final String MEMBER = "messages";

	/** Of what a page calls a message or a conversation. */
	static final int MAX_ID_LENGTH = 200;

	/** Deeper JSON can be read, but not written. */
	private static final int MAX_DEPTH = 400;

	/** Numbers go upstream with all their digits. */
	private static final JsonMapper JSON = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
			.build())
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private final boolean returnReasoning;

	private final ByteArrayOutputStream written = new ByteArrayOutputStream();

	/** The last message, if it is the model's: the answer goes on with it. */
	private @Nullable String continued;

	private final Set<String> continuedCalls = new HashSet<>();

	/**
	 * Create an empty conversation.
	 * @param returnReasoning whether the model gets its reasoning again
	 */
	UiMessages(boolean returnReasoning) {
		this.returnReasoning = returnReasoning;
		this.written.write('[');
	}

	/**
	 * Read the messages of a page.
	 * @throws RefusedException if they cannot be sent
	 */
	void read(@Nullable JsonParser messages) {
		if (messages == null) {
			throw RequestReader.missing(MEMBER);
		}
		try (messages) {
			if (messages.nextToken() != JsonToken.START_ARRAY) {
				throw RequestReader.invalid(MEMBER, "The parameter 'messages' must be an array");
			}
			JsonToken token = messages.nextToken();
			while (token != JsonToken.END_ARRAY) {
				JsonNode message = messages.readValueAsTree();
				token = messages.nextToken();
				add(message, token == JsonToken.END_ARRAY);
			}
		}
		catch (JacksonException | NumberFormatException | ArithmeticException ex) {
			throw unreadable(MEMBER);
		}
	}

	/**
	 * Refuse what was found to be JSON, but has a text or a number that cannot be read.
	 */
	static RefusedException unreadable(String param) {
		return RequestReader.invalid(param,
				"The parameter '" + param + "' has a text that is not in UTF-8, or a number beyond all bounds");
	}

	/**
	 * Add what the user says.
	 */
	void user(String text) {
		write(message("user").put("content", text));
	}

	private void add(JsonNode message, boolean isLast) {
		String role = message.path("role").asString("");
		this.continued = null;
		this.continuedCalls.clear();
		switch (role) {
			case "system" -> system(message);
			case "user" -> write(UserContent.of(message.path("parts"), isLast));
			case "assistant" -> assistant(message);
			default ->
				throw RequestReader.invalid(MEMBER, "The role of a message must be 'system', 'user' or 'assistant'");
		}
	}

	private void system(JsonNode message) {
		StringBuilder text = new StringBuilder();
		for (JsonNode part : message.path("parts")) {
			if (part.path("type").asString("").equals("text")) {
				text.append(part.path("text").asString(""));
			}
		}
		write(message("system").put("content", text.toString()));
	}

	private void assistant(JsonNode message) {
		String id = message.path("id").asString("");
		this.continued = (id.isEmpty() || id.length() > MAX_ID_LENGTH) ? null : id;
		AssistantStep step = new AssistantStep(this.returnReasoning);
		for (JsonNode part : message.path("parts")) {
			if (part.has("toolCallId")) {
				this.continuedCalls.add(part.path("toolCallId").asString(""));
			}
			if (part.path("type").asString("").equals("step-start")) {
				step.messages().forEach(this::write);
				step = new AssistantStep(this.returnReasoning);
			}
			else {
				step.add(part);
			}
		}
		step.messages().forEach(this::write);
	}

	static ObjectNode message(String role) {
		return JsonNodeFactory.instance.objectNode().put("role", role);
	}

	private void write(@Nullable ObjectNode message) {
		if (message != null) {
			if (this.written.size() > 1) {
				this.written.write(',');
			}
			this.written.writeBytes(JSON.writeValueAsBytes(message));
		}
	}

	/**
	 * Return the id of the message with which the answer goes on, {@code null} if it is a
	 * new one.
	 */
	@Nullable String continued() {
		return this.continued;
	}

	/**
	 * Return the ids of the calls that are in that message already.
	 */
	Set<String> continuedCalls() {
		return Set.copyOf(this.continuedCalls);
	}

	/**
	 * Return the messages of chat completions.
	 * @throws RefusedException if there is none
	 */
	byte[] toJson() {
		if (this.written.size() == 1) {
			throw RequestReader.invalid(MEMBER, "There is no message to answer");
		}
		this.written.write(']');
		return this.written.toByteArray();
	}

	/**
	 * Return a value as a model reads it.
	 */
	static String text(JsonNode value) {
		return value.isString() ? value.asString() : JSON.writeValueAsString(value);
	}

	/**
	 * Return a result of a tool as a page reads it.
	 */
	static JsonNode value(String text) {
		JsonNode json = (text.startsWith("{") || text.startsWith("[")) ? jsonOrNull(text) : null;
		return (json != null) ? json : JsonNodeFactory.instance.stringNode(text);
	}

	/**
	 * Read what should be JSON.
	 * @return its value, {@code null} if it is none
	 */
	static @Nullable JsonNode jsonOrNull(String text) {
		try {
			return JSON.readTree(text);
		}
		catch (JacksonException | NumberFormatException | ArithmeticException ex) {
			// no JSON, or a number beyond all bounds
			return null;
		}
	}

}
