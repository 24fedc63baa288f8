package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Accumulates members without a place of their own: lists grow, everything else is
 * replaced by the latest value.
 */
final class ExtraAccumulator {

	private static final String REASONING_DETAILS = "reasoning_details";

	private final Map<String, JsonNode> single = new LinkedHashMap<>();

	private final Map<String, List<JsonNode>> lists = new LinkedHashMap<>();

	private final ReasoningDetailsAccumulator reasoningDetails = new ReasoningDetailsAccumulator();

	void add(Map<String, JsonNode> extra) {
		if (extra.isEmpty()) {
			return;
		}
		extra.forEach((name, value) -> {
			if (!value.isArray()) {
				this.single.put(name, value);
			}
			else if (REASONING_DETAILS.equals(name)) {
				this.reasoningDetails.add(value);
			}
			else {
				this.lists.computeIfAbsent(name, (key) -> new ArrayList<>()).addAll(value.values());
			}
		});
	}

	Map<String, JsonNode> extra() {
		Map<String, JsonNode> all = new HashMap<>(this.single);
		this.lists.forEach((name, values) -> all.put(name, JsonNodeFactory.instance.arrayNode().addAll(values)));
		if (!this.reasoningDetails.isEmpty()) {
			all.put(REASONING_DETAILS, this.reasoningDetails.details());
		}
		return all;
	}

}
