package ai.apertis.client.chat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import tools.jackson.databind.JsonNode;

/**
 * Reads usage objects. Providers put the subsets under several names, values may be null,
 * and members of other types sit among the numbers.
 */
final class UsageReader {

	private static final Set<String> KNOWN = Set.of("prompt_tokens", "completion_tokens", "total_tokens");

	private UsageReader() {
	}

	static Usage read(JsonNode json) {
		long input = first(json, "prompt_tokens", "input_tokens");
		long output = first(json, "completion_tokens", "output_tokens");
		long total = json.path("total_tokens").asLong(input + output);
		long cached = first(json.path("prompt_tokens_details"), "cached_tokens");
		if (cached == 0) {
			cached = first(json, "prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens");
		}
		long reasoning = first(json.path("completion_tokens_details"), "reasoning_tokens");
		if (reasoning == 0) {
			reasoning = first(json, "reasoning_tokens");
		}
		Map<String, JsonNode> extra = new HashMap<>();
		json.propertyStream().filter((member) -> !KNOWN.contains(member.getKey())).forEach((member) -> {
			extra.put(member.getKey(), member.getValue());
		});
		return new Usage(input, output, total, cached, reasoning, extra);
	}

	private static long first(JsonNode json, String... names) {
		for (String name : names) {
			long value = json.path(name).asLong(0);
			if (value > 0) {
				return value;
			}
		}
		return 0;
	}

}
