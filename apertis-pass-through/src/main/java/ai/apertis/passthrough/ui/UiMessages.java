package ai.apertis.passthrough.ui;

import java.io.ByteArrayOutputStream;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.route.RequestReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
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

	private static final int MAX_ID_LENGTH = 200;

	/** Numbers go upstream with all their digits. */
	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private final boolean returnReasoning;

	private final ByteArrayOutputStream written = new ByteArrayOutputStream();

	/** The last message, if it is the model's: the answer goes on with it. */
	private @Nullable String continued;

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
			while (messages.nextToken() != JsonToken.END_ARRAY) {
				JsonNode message = messages.readValueAsTree();
				add(message);
			}
		}
	}

	/**
	 * Add what the user says.
	 */
	void user(String text) {
		write(message("user").put("content", text));
	}

	private void add(JsonNode message) {
		String role = message.path("role").asString("");
		this.continued = null;
		switch (role) {
			case "system" -> system(message);
			case "user" -> write(UserContent.of(message.path("parts")));
			case "assistant" -> assistant(message);
			default ->
				throw RequestReader.invalid(MEMBER, "The role of a message must be 'system', 'user' or 'assistant'");
		}
	}

	private void system(JsonNode message) {
		StringBuilder text = new StringBuilder();
		for (JsonNode part : message.path("parts")) {
			text.append(part.path("text").asString(""));
		}
		write(message("system").put("content", text.toString()));
	}

	private void assistant(JsonNode message) {
		String id = message.path("id").asString("");
		this.continued = (id.isEmpty() || id.length() > MAX_ID_LENGTH) ? null : id;
		AssistantStep step = new AssistantStep(this.returnReasoning);
		for (JsonNode part : message.path("parts")) {
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
		catch (JacksonException ex) {
			return null;
		}
	}

}
