package ai.apertis.client.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Answer of a model: whole, or as far as it was received.
 *
 * @param id the id of the answer, {@code null} if the gateway sent none
 * @param created seconds since the epoch, 0 if the gateway sent none
 * @param model the provider's name for the model, {@code null} if the gateway sent none
 * @param choices the choices, by their index
 * @param usage the usage, {@code null} if the gateway told none: unknown, not zero
 * @param extra all further members, by name
 */
public record ChatCompletion(@Nullable String id, long created, @Nullable String model, List<Choice> choices,
		@Nullable Usage usage, Map<String, JsonNode> extra) {

	public ChatCompletion {
		choices = List.copyOf(choices);
		extra = Map.copyOf(extra);
	}

	/**
	 * Return the text of the first choice.
	 * @return the text, empty if there is none
	 */
	public String content() {
		return this.choices.isEmpty() ? "" : this.choices.get(0).content();
	}

	/**
	 * Return the reasoning of the first choice.
	 * @return the text, empty if there is none
	 */
	public String reasoning() {
		return this.choices.isEmpty() ? "" : this.choices.get(0).reasoning();
	}

	/**
	 * Return the model's refusal in the first choice.
	 * @return the text, empty if there is none
	 */
	public String refusal() {
		return this.choices.isEmpty() ? "" : this.choices.get(0).refusal();
	}

	/**
	 * Return the tool calls of the first choice.
	 * @return the calls, in the order in which they began
	 */
	public List<ToolCall> toolCalls() {
		return this.choices.isEmpty() ? List.of() : this.choices.get(0).toolCalls();
	}

	/**
	 * Return why the first choice ended.
	 * @return the finish reason, empty if it did not end or the provider sends none
	 */
	public Optional<FinishReason> finishReason() {
		return this.choices.isEmpty() ? Optional.empty() : Optional.ofNullable(this.choices.get(0).finishReason());
	}

	/**
	 * Return the message by which the conversation goes on from the first choice.
	 * @return the message, an empty one if there is no choice
	 */
	public ChatMessage toMessage() {
		return this.choices.isEmpty() ? ChatMessage.assistant("") : this.choices.get(0).toMessage();
	}

	/**
	 * Return the size of the answer, not its content.
	 */
	@Override
	public String toString() {
		return "ChatCompletion[id=" + this.id + ", model=" + this.model + ", choices=" + this.choices.size() + "]";
	}

	/**
	 * One of the answers to a request: usually there is one only.
	 *
	 * @param index which choice
	 * @param content its text, empty if there is none
	 * @param reasoning the model's reasoning, empty if there is none
	 * @param refusal the model's refusal, empty if there is none
	 * @param toolCalls the tool calls, in the order in which they began
	 * @param annotations notes to the text, such as its sources
	 * @param audio spoken content, {@code null} if there is none
	 * @param logprobs how probable its tokens were, {@code null} if not told
	 * @param finishReason why it ended, {@code null} if it did not end or the provider
	 * sends none
	 * @param extra all further members of the choice and of its message, by name, such as
	 * {@code reasoning_details} and {@code images}
	 */
	public record Choice(int index, String content, String reasoning, String refusal, List<ToolCall> toolCalls,
			List<Annotation> annotations, @Nullable Audio audio, @Nullable Logprobs logprobs,
			@Nullable FinishReason finishReason, Map<String, JsonNode> extra) {

		public Choice {
			toolCalls = List.copyOf(toolCalls);
			annotations = List.copyOf(annotations);
			extra = Map.copyOf(extra);
		}

		/**
		 * Return the message by which the conversation goes on from this choice. It has
		 * all that must go back to the gateway unchanged: tool calls with what providers
		 * add to them, reasoning details, and the reasoning that called tools.
		 * @return the message
		 */
		public ChatMessage toMessage() {
			Map<String, Object> members = new LinkedHashMap<>();
			if (!this.refusal.isEmpty()) {
				members.put("refusal", this.refusal);
			}
			if (this.audio != null && this.audio.id() != null) {
				members.put("audio", Map.of("id", this.audio.id()));
			}
			List<Map<String, Object>> calls = this.toolCalls.stream()
				.filter((call) -> call.name() != null)
				.map(ToolCall::toJson)
				.toList();
			if (!calls.isEmpty()) {
				members.put("tool_calls", calls);
			}
			JsonNode details = this.extra.get("reasoning_details");
			if (details != null) {
				members.put("reasoning_details", details);
			}
			else if (!calls.isEmpty() && !this.reasoning.isEmpty()) {
				members.put("reasoning_content", this.reasoning);
			}
			boolean empty = this.content.isEmpty() && !members.isEmpty();
			return new ChatMessage("assistant", empty ? null : this.content, members);
		}

		/**
		 * Return the size of the choice, not its content.
		 */
		@Override
		public String toString() {
			return "Choice[index=" + this.index + ", content=" + this.content.length() + " characters, toolCalls="
					+ this.toolCalls.size() + ", finishReason=" + this.finishReason + "]";
		}

	}

}
