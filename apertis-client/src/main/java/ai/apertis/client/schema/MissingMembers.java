package ai.apertis.client.schema;

import java.util.List;

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
		if (value.isMissingNode() || value.isNull()) {
			return allowsNull(resolved(schema)) ? null : path;
		}
		JsonNode resolved = described(schema);
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
	 * The schema of a value that is there: of a nullable one, the branch that is not
	 * null.
	 */
	private JsonNode described(JsonNode schema) {
		JsonNode resolved = resolved(schema);
		for (JsonNode branch : resolved.path("anyOf")) {
			if (!"null".equals(branch.path("type").asString(""))) {
				return described(branch);
			}
		}
		return resolved;
	}

	private JsonNode resolved(JsonNode schema) {
		String reference = schema.path("$ref").asString("");
		return reference.startsWith("#") ? this.root.at(reference.substring(1)) : schema;
	}

	private static boolean allowsNull(JsonNode schema) {
		JsonNode type = schema.path("type");
		if (schema.has("anyOf")) {
			return schema.path("anyOf")
				.valueStream()
				.anyMatch((branch) -> "null".equals(branch.path("type").asString("")));
		}
		return type.isMissingNode() || type.valueStream().anyMatch((one) -> "null".equals(one.asString("")));
	}

}
