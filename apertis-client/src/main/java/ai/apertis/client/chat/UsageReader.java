package ai.apertis.client.chat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import tools.jackson.databind.JsonNode;

/**
 * Reads usage objects. Providers put the subsets under several names, values may be null,
 * and members of other types sit among the numbers.
 * <p>
 * The one place that knows how the parts add up: reasoning is a part of the output, and
 * what was read from or written to a cache a part of the input, however the provider
 * counts. It counts them apart if only the total has them, or if a cache is larger than
 * the prompt; reasoning larger than the answer is apart only if there is no total.
 */
final class UsageReader {

	/** No sum of these is beyond what a number can be. */
	private static final long MAX = 1_000_000_000_000L;

	private static final Set<String> KNOWN = Set.of("prompt_tokens", "completion_tokens", "total_tokens");

	private UsageReader() {
	}

	static Usage read(JsonNode json) {
		JsonNode inputDetails = details(json, "prompt_tokens_details", "input_tokens_details");
		JsonNode outputDetails = details(json, "completion_tokens_details", "output_tokens_details");
		long input = first(json, "prompt_tokens", "input_tokens");
		long output = first(json, "completion_tokens", "output_tokens");
		long cacheRead = either(first(inputDetails, "cached_tokens"),
				first(json, "prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens"));
		long cacheWrite = either(first(inputDetails, "cache_write_tokens", "cache_creation_tokens"),
				first(json, "cache_creation_input_tokens", "cache_write_input_tokens"));
		long reasoning = either(first(outputDetails, "reasoning_tokens"), first(json, "reasoning_tokens"));
		long cache = cacheRead + cacheWrite;
		long total = first(json, "total_tokens");
		long beyond = total - input - output;
		if (cache > input || isOf(beyond, cache, reasoning)) {
			input += cache;
		}
		if ((total == 0 && reasoning > output) || isOf(beyond, reasoning, cache)) {
			output += reasoning;
		}
		// what only the total has, and nothing explains, is reasoning that is not told
		output = Math.max(output, total - input);
		return new Usage(input, output, (total > 0) ? total : input + output, cacheRead, cacheWrite, reasoning,
				extra(json));
	}

	/**
	 * Return whether what the total has beyond its parts is this one, with or without the
	 * other.
	 */
	private static boolean isOf(long beyond, long part, long other) {
		return part > 0 && (beyond == part || beyond == part + other);
	}

	private static Map<String, JsonNode> extra(JsonNode json) {
		Map<String, JsonNode> extra = new HashMap<>();
		json.propertyStream().filter((member) -> !KNOWN.contains(member.getKey())).forEach((member) -> {
			extra.put(member.getKey(), member.getValue());
		});
		return extra;
	}

	private static JsonNode details(JsonNode json, String name, String otherName) {
		return json.path(name).isObject() ? json.path(name) : json.path(otherName);
	}

	private static long either(long value, long otherwise) {
		return (value > 0) ? value : otherwise;
	}

	private static long first(JsonNode json, String... names) {
		for (String name : names) {
			long value = Math.min(MAX, json.path(name).asLong(0));
			if (value > 0) {
				return value;
			}
		}
		return 0;
	}

}
