package ai.apertis.passthrough.ui;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The answer as a message of the page, made of the events that the page gets. Written by
 * one thread at a time, and read by any.
 */
final class UiTranscript {

	private final boolean kept;

	private final ArrayNode parts = JsonNodeFactory.instance.arrayNode();

	private final StringBuilder text = new StringBuilder();

	private @Nullable ObjectNode open;

	/**
	 * Create an empty message.
	 * @param kept whether anybody asks for it; nothing is kept otherwise
	 */
	UiTranscript(boolean kept) {
		this.kept = kept;
	}

	/**
	 * Begin a text.
	 * @param type the type of the part
	 */
	synchronized void begin(String type) {
		if (this.kept) {
			this.open = this.parts.addObject().put("type", type);
		}
	}

	/**
	 * Go on with the text.
	 */
	synchronized void append(String text) {
		if (this.kept) {
			this.text.append(text);
		}
	}

	/**
	 * The text is whole.
	 */
	synchronized void end() {
		write("done");
		this.text.setLength(0);
		this.open = null;
	}

	private void write(String state) {
		if (this.open != null) {
			this.open.put("text", this.text.toString()).put("state", state);
		}
	}

	/**
	 * Add a part that has come as a whole.
	 * @param event the event, whose members are those of the part
	 */
	synchronized void add(ObjectNode event) {
		if (this.kept) {
			this.parts.add(event.deepCopy());
		}
	}

	/**
	 * Add a call.
	 */
	synchronized void call(String id, String name, JsonNode input) {
		if (this.kept) {
			this.parts.addObject()
				.put("type", "tool-" + name)
				.put("toolCallId", id)
				.put("state", "input-available")
				.set("input", input);
		}
	}

	/**
	 * Add the result of a call.
	 * @param output what the tool has given, {@code null} if it has failed
	 * @param errorText what is said of its failure
	 */
	synchronized void result(String id, @Nullable JsonNode output, String errorText) {
		for (JsonNode part : this.parts) {
			if (part instanceof ObjectNode call && part.path("toolCallId").asString("").equals(id)) {
				if (output != null) {
					call.put("state", "output-available").set("output", output);
				}
				else {
					call.put("state", "output-error").put("errorText", errorText);
				}
			}
		}
	}

	/**
	 * Return the message, as far as it has come.
	 * @param metadata its metadata, {@code null} if it is not complete or has none
	 */
	synchronized ObjectNode message(String id, @Nullable JsonNode metadata) {
		write("streaming");
		ObjectNode message = JsonNodeFactory.instance.objectNode().put("id", id).put("role", "assistant");
		if (metadata != null) {
			message.set("metadata", metadata);
		}
		return message.set("parts", this.parts.deepCopy());
	}

}
