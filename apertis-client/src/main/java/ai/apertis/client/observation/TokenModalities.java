package ai.apertis.client.observation;

import java.util.LinkedHashMap;
import java.util.Map;

import ai.apertis.client.chat.Usage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Splits the tokens of a usage by modality. Usages report modalities only for tokens that
 * are not text.
 */
final class TokenModalities {

	private static final String TEXT = "text";

	private static final String UNKNOWN = "unknown";

	private static final String[] OTHERS = { "audio", "image", "video" };

	private TokenModalities() {
	}

	/**
	 * Split the tokens of the prompt.
	 * @return the counts by modality, never empty
	 */
	static Map<String, Long> ofInput(Usage usage) {
		return split(usage.inputTokens(), details(usage, "prompt_tokens_details", "input_tokens_details"));
	}

	/**
	 * Split the tokens of the completion.
	 * @return the counts by modality, never empty
	 */
	static Map<String, Long> ofOutput(Usage usage) {
		return split(usage.outputTokens(), details(usage, "completion_tokens_details", "output_tokens_details"));
	}

	/**
	 * Return the modality of the tokens of the prompt that were read from or written to a
	 * cache, which is not reported by kind.
	 * @return the count by modality
	 */
	static Map<String, Long> ofCache(long tokens, Map<String, Long> input) {
		return Map.of((input.size() == 1) ? input.keySet().iterator().next() : UNKNOWN, tokens);
	}

	/**
	 * Return the modality of reasoning.
	 * @return the count by modality
	 */
	static Map<String, Long> ofReasoning(long tokens) {
		return Map.of(TEXT, tokens);
	}

	private static Map<String, Long> split(long tokens, JsonNode details) {
		Map<String, Long> counts = new LinkedHashMap<>();
		long left = tokens;
		for (String modality : OTHERS) {
			long reported = Math.min(details.path(modality + "_tokens").asLong(0), left);
			if (reported > 0) {
				counts.put(modality, reported);
				left -= reported;
			}
		}
		if (left > 0 || counts.isEmpty()) {
			counts.put(TEXT, left);
		}
		return counts;
	}

	private static JsonNode details(Usage usage, String name, String otherName) {
		JsonNode details = usage.extra().get(name);
		return (details != null && details.isObject()) ? details
				: usage.extra().getOrDefault(otherName, MissingNode.getInstance());
	}

}
