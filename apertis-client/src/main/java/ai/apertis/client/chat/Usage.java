package ai.apertis.client.chat;

import java.util.Map;

import tools.jackson.databind.JsonNode;

/**
 * The tokens of one answer, as the gateway counted them. A count that was not told is 0.
 *
 * @param inputTokens the tokens of the prompt, {@code prompt_tokens} on the wire
 * @param outputTokens the tokens of the completion, {@code completion_tokens} on the wire
 * @param totalTokens the total as it was told; it need not be the sum
 * @param cachedInputTokens those of the input tokens that came from a cache
 * @param reasoningOutputTokens those of the output tokens that were spent on reasoning
 * @param extra all further members of the usage object, by name
 */
public record Usage(long inputTokens, long outputTokens, long totalTokens, long cachedInputTokens,
		long reasoningOutputTokens, Map<String, JsonNode> extra) {

	public Usage {
		extra = Map.copyOf(extra);
	}

	/**
	 * Read a usage object, in any of the shapes in which providers send it. Never fails.
	 * @param json the usage object
	 * @return the usage
	 */
	public static Usage of(JsonNode json) {
		return UsageReader.read(json);
	}

}
