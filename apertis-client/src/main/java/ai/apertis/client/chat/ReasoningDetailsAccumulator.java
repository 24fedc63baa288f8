package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Accumulates reasoning details, which must go back to the gateway in full and in order,
 * signatures included. A piece continues the last detail if both have the same type,
 * index and id and arrived in different chunks; a signature ends a detail.
 */
final class ReasoningDetailsAccumulator {

	private final List<Detail> details = new ArrayList<>();

	boolean isEmpty() {
		return this.details.isEmpty();
	}

	void add(JsonNode pieces) {
		Detail last = this.details.isEmpty() ? null : this.details.get(this.details.size() - 1);
		for (JsonNode piece : pieces) {
			if (!(piece instanceof ObjectNode members)) {
				continue;
			}
			if (last != null && last.isContinuedBy(members)) {
				last.add(members);
			}
			else {
				this.details.add(new Detail(members));
			}
			last = null;
		}
	}

	ArrayNode details() {
		ArrayNode all = JsonNodeFactory.instance.arrayNode();
		this.details.forEach((detail) -> all.add(detail.toJson()));
		return all;
	}

	private static final class Detail {

		private static final Set<String> PIECEWISE = Set.of("text", "summary");

		private final ObjectNode members = JsonNodeFactory.instance.objectNode();

		private final Map<String, StringBuilder> texts = new LinkedHashMap<>();

		Detail(ObjectNode members) {
			add(members);
		}

		boolean isContinuedBy(ObjectNode piece) {
			boolean encrypted = piece.has("data") || this.members.has("data");
			boolean signed = this.members.path("signature").isString() && piece.path("text").isString();
			return !encrypted && !signed && isSame("type", piece) && isSame("index", piece)
					&& (!piece.path("id").isString() || !this.members.path("id").isString() || isSame("id", piece));
		}

		private boolean isSame(String name, ObjectNode piece) {
			return piece.path(name).equals(this.members.path(name));
		}

		void add(ObjectNode piece) {
			piece.propertyStream().forEach((member) -> {
				String name = member.getKey();
				if (PIECEWISE.contains(name) && member.getValue().isString()) {
					this.texts.computeIfAbsent(name, (key) -> new StringBuilder()).append(member.getValue().asString());
				}
				else if (!member.getValue().isNull() || !this.members.has(name)) {
					this.members.set(name, member.getValue());
				}
			});
		}

		ObjectNode toJson() {
			ObjectNode json = this.members.deepCopy();
			this.texts.forEach((name, text) -> json.put(name, text.toString()));
			return json;
		}

	}

}
