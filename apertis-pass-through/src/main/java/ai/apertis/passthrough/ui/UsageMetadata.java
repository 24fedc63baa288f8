package ai.apertis.passthrough.ui;

import java.util.LinkedHashMap;
import java.util.Map;

import ai.apertis.client.chat.Usage;

/**
 * Metadata with the model, the finish reason and the usage, whose names are those of the
 * AI SDK.
 */
public final class UsageMetadata implements UiMessageMetadata {

	@Override
	public Map<String, Object> of(UiAnswer answer) {
		Map<String, Object> metadata = new LinkedHashMap<>();
		String model = answer.model();
		if (model != null) {
			metadata.put("model", model);
		}
		metadata.put("finishReason", answer.finishReason());
		Usage usage = answer.usage();
		if (usage != null) {
			metadata.put("usage", json(usage));
		}
		return metadata;
	}

	private static Map<String, Long> json(Usage usage) {
		Map<String, Long> json = new LinkedHashMap<>();
		json.put("inputTokens", usage.inputTokens());
		json.put("outputTokens", usage.outputTokens());
		json.put("totalTokens", Math.max(usage.totalTokens(), usage.inputTokens() + usage.outputTokens()));
		json.put("reasoningTokens", usage.reasoningOutputTokens());
		json.put("cachedInputTokens", usage.cachedInputTokens());
		return json;
	}

}
