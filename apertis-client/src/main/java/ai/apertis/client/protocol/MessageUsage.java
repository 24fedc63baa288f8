package ai.apertis.client.protocol;

import java.util.Set;

import ai.apertis.client.wire.UsageObjects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The usage of a message, which comes in parts: each count that comes later replaces the
 * one before, and none are added. Anthropic counts what a cache has read and written
 * apart from the input, and what rounds of compaction or of other models have cost only
 * in the list of the iterations.
 *
 * @see <a href="https://docs.anthropic.com/en/api/messages-streaming">The events</a>
 */
final class MessageUsage {

	private static final String INPUT = "input_tokens";

	private static final String OUTPUT = "output_tokens";

	private static final String CACHE_READ = "cache_read_input_tokens";

	private static final String CACHE_WRITE = "cache_creation_input_tokens";

	private static final String ITERATIONS = "iterations";

	private static final Set<String> COUNTS = Set.of(INPUT, OUTPUT, CACHE_READ, CACHE_WRITE, ITERATIONS,
			"output_tokens_details", "cache_creation");

	private @Nullable JsonNode told;

	private boolean outputTold;

	/**
	 * The beginning tells the input. Its output is no count.
	 */
	void addStart(JsonNode usage) {
		if (usage instanceof ObjectNode counts) {
			ObjectNode input = counts.deepCopy();
			input.remove(OUTPUT);
			this.told = UsageObjects.merged(this.told, input);
		}
	}

	void add(JsonNode usage) {
		this.told = UsageObjects.merged(this.told, usage);
		this.outputTold |= usage.path(OUTPUT).isNumber();
	}

	/**
	 * Bedrock repeats the counts, which matter if nothing else has told them.
	 */
	void addMetrics(JsonNode metrics) {
		if (this.told == null && metrics.isObject()) {
			add(JsonNodeFactory.instance.objectNode()
				.put(INPUT, metrics.path("inputTokenCount").asLong(0))
				.put(OUTPUT, metrics.path("outputTokenCount").asLong(0))
				.put(CACHE_READ, metrics.path("cacheReadInputTokenCount").asLong(0))
				.put(CACHE_WRITE, metrics.path("cacheWriteInputTokenCount").asLong(0)));
		}
	}

	boolean isOutputTold() {
		return this.outputTold;
	}

	/**
	 * Return what was told, in the form of chat completions, where what a cache has read
	 * and written is a part of the input.
	 */
	@Nullable JsonNode json() {
		JsonNode told = this.told;
		if (told == null) {
			return null;
		}
		long read = sum(told, CACHE_READ);
		long written = sum(told, CACHE_WRITE);
		long input = sum(told, INPUT) + read + written;
		ObjectNode usage = JsonNodeFactory.instance.objectNode()
			.put("prompt_tokens", input)
			.put("completion_tokens", sum(told, OUTPUT));
		usage.putObject("prompt_tokens_details").put("cached_tokens", read).put("cache_write_tokens", written);
		usage.putObject("completion_tokens_details")
			.put("reasoning_tokens", told.path("output_tokens_details").path("thinking_tokens").asLong(0));
		told.propertyStream().filter((member) -> !COUNTS.contains(member.getKey())).forEach((member) -> {
			usage.set(member.getKey(), member.getValue());
		});
		return usage;
	}

	private static long sum(JsonNode told, String name) {
		JsonNode iterations = told.path(ITERATIONS);
		if (!iterations.isArray() || iterations.isEmpty()) {
			return told.path(name).asLong(0);
		}
		long sum = 0;
		for (JsonNode iteration : iterations) {
			sum += iteration.path(name).asLong(0);
		}
		return sum;
	}

}
