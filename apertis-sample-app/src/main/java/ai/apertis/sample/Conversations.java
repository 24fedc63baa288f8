package ai.apertis.sample;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import ai.apertis.passthrough.ui.UiConversation;
import ai.apertis.passthrough.ui.UiConversationListener;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.stereotype.Component;

/**
 * Keeps the latest conversations of the page in React. An application has a database for
 * that.
 */
@Component
class Conversations implements UiConversationListener {

	private static final int MAX_CONVERSATIONS = 100;

	private final Map<String, Saved> saved = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Saved> eldest) {
			return size() > MAX_CONVERSATIONS;
		}

	};

	/**
	 * The id is made by the page, and may be that of somebody else's conversation.
	 */
	@Override
	public synchronized void ended(UiConversation conversation) {
		Saved before = this.saved.get(conversation.chatId());
		if (before == null || Objects.equals(before.user(), conversation.user())) {
			this.saved.put(conversation.chatId(), new Saved(conversation.user(), conversation.messagesWithAnswer()));
		}
	}

	/**
	 * Return the messages of a conversation, none if it is not the user's.
	 */
	synchronized List<JsonNode> messages(String id, @Nullable String user) {
		Saved saved = this.saved.get(id);
		return (saved != null && Objects.equals(saved.user(), user)) ? saved.messages() : List.of();
	}

	private record Saved(@Nullable String user, List<JsonNode> messages) {
	}

}
