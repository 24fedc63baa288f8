package ai.apertis.passthrough.ui;

import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation whose latest answer has ended.
 */
record EndedConversation(String chatId, @Nullable String user, List<JsonNode> messages, ObjectNode answer,
		Outcome outcome, @Nullable String model, @Nullable Usage usage) implements UiConversation {

	private static final String PARTS = "parts";

	@Override
	public List<JsonNode> messagesWithAnswer() {
		List<JsonNode> all = new ArrayList<>(this.messages);
		JsonNode last = all.isEmpty() ? null : all.get(all.size() - 1);
		if (last instanceof ObjectNode message && last.path("id").equals(this.answer.path("id"))) {
			all.set(all.size() - 1, continued(message.deepCopy()));
		}
		else if (!this.answer.path(PARTS).isEmpty()) {
			all.add(this.answer);
		}
		return all;
	}

	private ObjectNode continued(ObjectNode message) {
		ArrayNode parts = message.withArrayProperty(PARTS);
		this.answer.path(PARTS).forEach(parts::add);
		if (this.answer.path("metadata") instanceof ObjectNode added) {
			if (message.path("metadata") instanceof ObjectNode metadata) {
				merge(metadata, added);
			}
			else {
				message.set("metadata", added);
			}
		}
		return message;
	}

	/**
	 * As the page does it.
	 */
	private static void merge(ObjectNode metadata, ObjectNode added) {
		added.forEachEntry((name, value) -> {
			if (value instanceof ObjectNode further && metadata.path(name) instanceof ObjectNode known) {
				merge(known, further);
			}
			else {
				metadata.set(name, value);
			}
		});
	}

	/**
	 * Return the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "UiConversation[user=" + this.user + ", messages=" + this.messages.size() + ", outcome=" + this.outcome
				+ "]";
	}

}
