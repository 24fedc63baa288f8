package ai.apertis.client.schema;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds members that a schema requires and a value lacks. A model may leave them out, and
 * a record would then hold a null that its type does not allow.
 */
final class MissingMembers {

	private final SchemaTree schema;

	MissingMembers(JsonNode schema) {
		this.schema = new SchemaTree(schema);
	}

	/**
	 * Return the path of the first that is missing, or null where it must not be.
	 */
	@Nullable String in(JsonNode value) {
		return in(this.schema.root(), value, "");
	}

	private @Nullable String in(JsonNode schema, JsonNode value, String path) {
		if (value.isMissingNode() || value.isNull()) {
			return this.schema.allowsNull(schema) ? null : path;
		}
		List<JsonNode> branches = this.schema.branches(schema);
		if (branches.size() > 1) {
			return inAny(branches, value, path);
		}
		JsonNode resolved = this.schema.described(schema);
		for (JsonNode required : resolved.path("required")) {
			String name = required.asString();
			String missing = in(resolved.path("properties").path(name), value.path(name),
					path.isEmpty() ? name : path + "." + name);
			if (missing != null) {
				return missing;
			}
		}
		JsonNode others = resolved.path("additionalProperties");
		for (String name : others.isObject() ? value.propertyNames() : List.<String>of()) {
			String missing = resolved.path("properties").has(name) ? null
					: in(others, value.path(name), path.isEmpty() ? name : path + "." + name);
			if (missing != null) {
				return missing;
			}
		}
		if (value.isArray() && resolved.has("items")) {
			for (int i = 0; i < value.size(); i++) {
				String missing = in(resolved.path("items"), value.get(i), path + "[" + i + "]");
				if (missing != null) {
					return missing;
				}
			}
		}
		return null;
	}

	/**
	 * Nothing is missing in a value that is whole as one of several types.
	 */
	private @Nullable String inAny(List<JsonNode> branches, JsonNode value, String path) {
		String first = null;
		for (JsonNode branch : branches) {
			String missing = in(branch, value, path);
			if (missing == null) {
				return null;
			}
			first = (first != null) ? first : missing;
		}
		return first;
	}

}
