package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts reasoning details together from their pieces, as they must go back to the gateway
 * in full and in order, signatures included. A piece goes on with the last detail if both
 * have the same type and index, and came in different chunks.
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

		private final ObjectNode members;

		private final StringBuilder text = new StringBuilder();

		private @Nullable String textName;

		Detail(ObjectNode members) {
			this.members = JsonNodeFactory.instance.objectNode();
			add(members);
		}

		boolean isContinuedBy(ObjectNode piece) {
			return !piece.has("data") && !this.members.has("data")
					&& piece.path("type").equals(this.members.path("type"))
					&& piece.path("index").equals(this.members.path("index"));
		}

		void add(ObjectNode piece) {
			piece.propertyStream().forEach((member) -> {
				String name = member.getKey();
				if (("text".equals(name) || "summary".equals(name)) && member.getValue().isString()) {
					this.textName = name;
					this.text.append(member.getValue().asString());
				}
				else if (!member.getValue().isNull() || !this.members.has(name)) {
					this.members.set(name, member.getValue());
				}
			});
		}

		ObjectNode toJson() {
			ObjectNode json = this.members.deepCopy();
			if (this.textName != null) {
				json.put(this.textName, this.text.toString());
			}
			return json;
		}

	}

}
