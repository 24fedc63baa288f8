package ai.apertis.client.schema;

import java.util.List;

import tools.jackson.databind.JsonNode;

/**
 * Schema whose positions are found by following its references.
 *
 * @param root the schema
 */
record SchemaTree(JsonNode root) {

	/**
	 * The schema of a value that is there: of a nullable one, the branch that is not
	 * null.
	 */
	JsonNode described(JsonNode schema) {
		JsonNode resolved = resolved(schema);
		for (JsonNode branch : resolved.path("anyOf")) {
			if (!"null".equals(branch.path("type").asString(""))) {
				return described(branch);
			}
		}
		return resolved;
	}

	/**
	 * The schemas of which a value that is there may have any: one, as a rule.
	 */
	List<JsonNode> branches(JsonNode schema) {
		JsonNode resolved = resolved(schema);
		if (!resolved.has("anyOf")) {
			return List.of(resolved);
		}
		return resolved.path("anyOf")
			.valueStream()
			.filter((branch) -> !"null".equals(branch.path("type").asString("")))
			.flatMap((branch) -> branches(branch).stream())
			.toList();
	}

	private JsonNode resolved(JsonNode schema) {
		String reference = schema.path("$ref").asString("");
		return reference.startsWith("#") ? this.root.at(reference.substring(1)) : schema;
	}

	boolean allowsNull(JsonNode schema) {
		JsonNode resolved = resolved(schema);
		if (resolved.has("anyOf")) {
			return resolved.path("anyOf")
				.valueStream()
				.anyMatch((branch) -> "null".equals(branch.path("type").asString("")));
		}
		return resolved.path("type").isMissingNode() || allows(resolved, "null");
	}

	/**
	 * Return whether a value may be of a type, by the type's name in JSON Schema.
	 */
	static boolean allows(JsonNode schema, String type) {
		JsonNode types = schema.path("type");
		return type.equals(types.asString("")) || types.valueStream().anyMatch((one) -> type.equals(one.asString("")));
	}

	/**
	 * Return whether there is nothing in a schema that strict providers refuse.
	 */
	static boolean isStrict(JsonNode schema) {
		boolean described = schema.has("type") || schema.has("$ref") || schema.has("anyOf") || schema.has("enum")
				|| schema.has("const");
		return described && (!allows(schema, "object") || isClosed(schema))
				&& schema.path("properties").valueStream().allMatch(SchemaTree::isStrict)
				&& schema.path("$defs").valueStream().allMatch(SchemaTree::isStrict)
				&& schema.path("anyOf").valueStream().allMatch(SchemaTree::isStrict)
				&& (!schema.has("items") || isStrict(schema.path("items")));
	}

	/**
	 * Return whether an object may have the members only that the schema names.
	 */
	static boolean isClosed(JsonNode schema) {
		JsonNode others = schema.path("additionalProperties");
		return others.isBoolean() && !others.asBoolean();
	}

}
