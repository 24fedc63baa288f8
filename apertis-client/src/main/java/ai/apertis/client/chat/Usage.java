package ai.apertis.client.chat;

import java.util.HashMap;
import java.util.Map;

import ai.apertis.client.wire.UsageObjects;
import tools.jackson.databind.JsonNode;

/**
 * Token usage of one answer, as counted by the gateway. A count that was not reported is
 * 0. The subsets are always parts of the whole, even if the provider counts them
 * separately.
 *
 * @param inputTokens the tokens of the prompt, {@code prompt_tokens} on the wire; those
 * read from and written to a cache included
 * @param outputTokens the tokens of the completion, {@code completion_tokens} on the
 * wire; reasoning included
 * @param totalTokens the total as it was told; it need not be the sum
 * @param cachedInputTokens those of the input tokens that came from a cache
 * @param cacheWriteInputTokens those of the input tokens that were written to a cache
 * @param reasoningOutputTokens those of the output tokens that were spent on reasoning
 * @param extra all further members of the usage object, by name
 */
public record Usage(long inputTokens, long outputTokens, long totalTokens, long cachedInputTokens,
		long cacheWriteInputTokens, long reasoningOutputTokens, Map<String, JsonNode> extra) {

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

	/**
	 * Add the usage of another call.
	 * @param other the usage of the other call, whose further members are kept
	 * @return what both have cost
	 */
	public Usage plus(Usage other) {
		return new Usage(this.inputTokens + other.inputTokens, this.outputTokens + other.outputTokens,
				this.totalTokens + other.totalTokens, this.cachedInputTokens + other.cachedInputTokens,
				this.cacheWriteInputTokens + other.cacheWriteInputTokens,
				this.reasoningOutputTokens + other.reasoningOutputTokens, other.extra);
	}

	/**
	 * Put a usage that came later behind this one: a zero does not replace a number that
	 * was told.
	 * @param next the usage that came later
	 * @return the merged usage
	 */
	Usage followedBy(Usage next) {
		long input = reported(next.inputTokens, this.inputTokens);
		long output = reported(next.outputTokens, this.outputTokens);
		Map<String, JsonNode> all = new HashMap<>(this.extra);
		next.extra.forEach((name, value) -> all.merge(name, value, UsageObjects::merged));
		return new Usage(input, output, Math.max(reported(next.totalTokens, this.totalTokens), input + output),
				reported(next.cachedInputTokens, this.cachedInputTokens),
				reported(next.cacheWriteInputTokens, this.cacheWriteInputTokens),
				reported(next.reasoningOutputTokens, this.reasoningOutputTokens), all);
	}

	private static long reported(long next, long before) {
		return (next > 0) ? next : before;
	}

}
