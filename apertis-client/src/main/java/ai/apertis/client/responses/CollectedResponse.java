package ai.apertis.client.responses;

import java.util.List;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A response put together from its events.
 *
 * @param id its id, {@code null} if none was told
 * @param text the text, empty if there is none
 * @param reasoning what the model has told of its reasoning, empty if nothing
 * @param refusal why the model refuses, empty if it does not
 * @param toolCalls the calls of tools that run at the client, in their order
 * @param finishReason {@code stop}, {@code length}, {@code tool_calls} or
 * {@code content_filter}
 * @param usage the tokens, {@code null} if they were not told
 * @param json the response as the last event has it, an empty object if there is none
 */
public record CollectedResponse(@Nullable String id, String text, String reasoning, String refusal,
		List<ToolCall> toolCalls, String finishReason, @Nullable Usage usage, JsonNode json) {

	public CollectedResponse {
		toolCalls = List.copyOf(toolCalls);
	}

	/**
	 * Return how it ended, not what it says.
	 */
	@Override
	public String toString() {
		return "CollectedResponse[id=" + this.id + ", finishReason=" + this.finishReason + "]";
	}

	/**
	 * Call of a tool.
	 *
	 * @param callId its id, to be sent back with the result
	 * @param name the tool
	 * @param arguments JSON, or for a custom tool any text
	 * @param custom whether it is a custom tool
	 * @param complete whether it is whole; one that is not must not be run
	 */
	public record ToolCall(String callId, String name, String arguments, boolean custom, boolean complete) {
	}

}
