package ai.apertis.passthrough.ui;

import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.call.Outcome;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Conversation with a page whose latest answer has ended.
 *
 * @param chatId the id of the conversation, which the page has made, so that it may be
 * that of somebody else: check whose it is. Empty if there is none
 * @param user the user, {@code null} for an anonymous one
 * @param messages the messages as the page has sent them
 * @param answer the answer as a message of the page, with all parts that have come. If
 * the last message is the model's, and has the same id, the parts go on with its own
 * @param outcome how the answer ended
 */
public record UiConversation(String chatId, @Nullable String user, List<JsonNode> messages, ObjectNode answer,
		Outcome outcome) {

	/**
	 * Return the messages as they are on the page now: with the answer, or, if it goes on
	 * with the last message, with its parts behind those of that one.
	 * @return the messages to save
	 */
	public List<JsonNode> messagesWithAnswer() {
		List<JsonNode> all = new ArrayList<>(this.messages);
		JsonNode last = all.isEmpty() ? this.answer : all.get(all.size() - 1);
		if (!all.isEmpty() && last.path("id").equals(this.answer.path("id"))) {
			ObjectNode continued = this.answer.deepCopy();
			ArrayNode parts = continued.putArray("parts");
			last.path("parts").forEach(parts::add);
			this.answer.path("parts").forEach(parts::add);
			all.set(all.size() - 1, continued);
		}
		else {
			all.add(this.answer);
		}
		return all;
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
