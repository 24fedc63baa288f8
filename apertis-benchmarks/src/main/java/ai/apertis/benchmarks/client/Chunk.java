package ai.apertis.benchmarks.client;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * A chunk as one writes it down for Jackson.
 *
 * @param id its id
 * @param object its type
 * @param created when it was made
 * @param model the model that answers
 * @param choices the choices
 * @param usage what it cost
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Chunk(@Nullable String id, @Nullable String object, long created, @Nullable String model,
		List<Choice> choices, @Nullable Usage usage) {

	/**
	 * A choice.
	 *
	 * @param index its index
	 * @param delta what is new
	 * @param finishReason why it has ended
	 */
	@JsonIgnoreProperties(ignoreUnknown = true)
	public record Choice(int index, @Nullable Delta delta,
			@JsonProperty("finish_reason") @Nullable String finishReason) {
	}

	/**
	 * What is new.
	 *
	 * @param role who speaks
	 * @param content a piece of text
	 * @param reasoningContent a piece of reasoning
	 * @param toolCalls pieces of tool calls
	 */
	@JsonIgnoreProperties(ignoreUnknown = true)
	public record Delta(@Nullable String role, @Nullable String content,
			@JsonProperty("reasoning_content") @Nullable String reasoningContent,
			@JsonProperty("tool_calls") @Nullable List<ToolCall> toolCalls) {
	}

	/**
	 * A piece of a tool call.
	 *
	 * @param index its index
	 * @param id its id
	 * @param function the function that is called
	 */
	@JsonIgnoreProperties(ignoreUnknown = true)
	public record ToolCall(int index, @Nullable String id, @Nullable Function function) {
	}

	/**
	 * The function that is called.
	 *
	 * @param name its name
	 * @param arguments a piece of its arguments
	 */
	@JsonIgnoreProperties(ignoreUnknown = true)
	public record Function(@Nullable String name, @Nullable String arguments) {
	}

	/**
	 * What an answer cost.
	 *
	 * @param promptTokens tokens of the prompt
	 * @param completionTokens tokens of the completion
	 */
	@JsonIgnoreProperties(ignoreUnknown = true)
	public record Usage(@JsonProperty("prompt_tokens") long promptTokens,
			@JsonProperty("completion_tokens") long completionTokens) {
	}

}
