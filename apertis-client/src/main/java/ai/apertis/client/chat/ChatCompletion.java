package ai.apertis.client.chat;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An answer: whole, or what was received of it.
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
	 * Tells the size of the answer, not its content.
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
	 * @param finishReason why it ended, {@code null} if it did not end or the provider
	 * sends none
	 */
	public record Choice(int index, String content, String reasoning, String refusal, List<ToolCall> toolCalls,
			@Nullable FinishReason finishReason) {

		public Choice {
			toolCalls = List.copyOf(toolCalls);
		}

		/**
		 * Tells the size of the choice, not its content.
		 */
		@Override
		public String toString() {
			return "Choice[index=" + this.index + ", content=" + this.content.length() + " characters, toolCalls="
					+ this.toolCalls.size() + ", finishReason=" + this.finishReason + "]";
		}

	}

}
