package ai.apertis.client.chat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Message of a conversation.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content a text, or a list of parts, or {@code null} if there is none
 * @param extra all further members, by their name on the wire
 */
public record ChatMessage(String role, @Nullable Object content, Map<String, Object> extra) {

	/**
	 * Create a message.
	 * @throws IllegalArgumentException if the role is blank
	 */
	public ChatMessage {
		if (role.isBlank()) {
			throw new IllegalArgumentException("A message needs a role, such as \"user\"");
		}
		extra = Map.copyOf(extra);
	}

	/**
	 * Say how the model should answer.
	 * @param content the text
	 * @return the message
	 */
	public static ChatMessage system(String content) {
		return new ChatMessage("system", content, Map.of());
	}

	/**
	 * Say what the user says.
	 * @param content the text
	 * @return the message
	 */
	public static ChatMessage user(String content) {
		if (content == null) {
			throw new IllegalArgumentException("The user's text must not be null");
		}
		return new ChatMessage("user", content, Map.of());
	}

	/**
	 * Say and show what the user says and shows.
	 * @param parts the parts of the content
	 * @return the message
	 */
	public static ChatMessage user(ContentPart... parts) {
		return new ChatMessage("user", List.of(parts), Map.of());
	}

	/**
	 * Say what the model has said before.
	 * @param content the text
	 * @return the message
	 */
	public static ChatMessage assistant(String content) {
		return new ChatMessage("assistant", content, Map.of());
	}

	/**
	 * Say what a tool has given.
	 * @param toolCallId the id of the call
	 * @param content what it has given
	 * @return the message
	 */
	public static ChatMessage tool(String toolCallId, String content) {
		return new ChatMessage("tool", content, Map.of("tool_call_id", toolCallId));
	}

	/**
	 * Say what a tool has given.
	 * @param call the call
	 * @param content what it has given
	 * @return the message
	 */
	public static ChatMessage tool(ToolCall call, String content) {
		return tool(call.id(), content);
	}

	/**
	 * Give the message a further member.
	 * @param name the member's name on the wire
	 * @param value its value, anything that can be written as JSON
	 * @return a message with the member
	 */
	public ChatMessage with(String name, Object value) {
		Map<String, Object> members = new HashMap<>(this.extra);
		members.put(name, value);
		return new ChatMessage(this.role, this.content, members);
	}

	/**
	 * Return the role, not the content.
	 */
	@Override
	public String toString() {
		String size = (this.content instanceof String text) ? text.length() + " characters"
				: (this.content instanceof List<?> parts) ? parts.size() + " parts" : "none";
		return "ChatMessage[role=" + this.role + ", content=" + size + "]";
	}

}
