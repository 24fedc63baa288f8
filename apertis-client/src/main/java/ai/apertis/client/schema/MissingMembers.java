package ai.apertis.client.schema;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Looks for members that a schema requires and a value lacks: a model may leave them out,
 * and a record would then hold a null that its type does not allow.
 */
final class MissingMembers {

	private final JsonNode root;

	MissingMembers(JsonNode schema) {
		this.root = schema;
	}

	/**
	 * Return the path of the first that is missing, or null where it must not be.
	 */
	@Nullable String in(JsonNode value) {
		return in(this.root, value, "");
	}

	private @Nullable String in(JsonNode schema, JsonNode value, String path) {
		JsonNode resolved = resolved(schema);
		if (value.isMissingNode() || value.isNull()) {
			return allowsNull(resolved) ? null : path;
		}
		for (JsonNode required : resolved.path("required")) {
			String name = required.asString();
			String missing = in(resolved.path("properties").path(name), value.path(name),
					path.isEmpty() ? name : path + "." + name);
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

	private JsonNode resolved(JsonNode schema) {
		String reference = schema.path("$ref").asString("");
		return reference.startsWith("#") ? this.root.at(reference.substring(1)) : schema;
	}

	private static boolean allowsNull(JsonNode schema) {
		JsonNode type = schema.path("type");
		return type.isMissingNode() || type.valueStream().anyMatch((one) -> "null".equals(one.asString("")));
	}

}
