package ai.apertis.client.wire;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Merges the usage objects of one answer, which may come several times. The last one
 * counts, member by member: what it leaves out, or reports as zero, does not replace an
 * earlier number. They are never added up.
 */
public final class UsageObjects {

	private UsageObjects() {
	}

	/**
	 * Put a usage object behind those that came before.
	 * @param earlier what was told so far, {@code null} if nothing was; is not changed
	 * @param next the usage object that has come now; is not changed
	 * @return the merged usage
	 */
	public static JsonNode merged(@Nullable JsonNode earlier, JsonNode next) {
		if (!(earlier instanceof ObjectNode before) || !(next instanceof ObjectNode after) || before.equals(after)) {
			return next;
		}
		ObjectNode merged = after.deepCopy();
		for (Map.Entry<String, JsonNode> member : before.properties()) {
			JsonNode now = after.path(member.getKey());
			if (now.isObject()) {
				merged.set(member.getKey(), merged(member.getValue(), now));
			}
			else if (isNothing(now) && !isNothing(member.getValue())) {
				merged.set(member.getKey(), member.getValue());
			}
		}
		return merged;
	}

	/**
	 * Return whether a usage object tells any tokens.
	 * @param usage the usage object
	 * @return whether there is a positive number in it, at any depth
	 */
	public static boolean hasTokens(JsonNode usage) {
		if (usage.isNumber()) {
			return usage.asDouble() > 0;
		}
		for (JsonNode member : usage) {
			if (hasTokens(member)) {
				return true;
			}
		}
		return false;
	}

	private static boolean isNothing(JsonNode value) {
		return value.isMissingNode() || value.isNull() || (value.isNumber() && value.asDouble() == 0);
	}

}
