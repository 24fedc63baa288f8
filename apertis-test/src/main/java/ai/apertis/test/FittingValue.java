package ai.apertis.test;

import java.util.List;
import java.util.Locale;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Generates a value that fits a JSON schema. The same schema always yields the same
 * value.
 *
 * @param root the schema
 */
record FittingValue(JsonNode root) {

	private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

	private static final int ELEMENTS = 2;

	/** From here on, what may be empty is. */
	private static final int DEEP = 4;

	JsonNode value() {
		return of(this.root, "value", 0);
	}

	private JsonNode of(JsonNode schema, String name, int depth) {
		if (schema.has("$ref")) {
			return of(this.root.at(schema.path("$ref").asString().substring(1)), name, depth + 1);
		}
		for (String given : List.of("const", "default")) {
			if (schema.has(given)) {
				return schema.get(given);
			}
		}
		for (String list : List.of("enum", "examples")) {
			if (!schema.path(list).isEmpty()) {
				return schema.path(list).get(0);
			}
		}
		for (String branches : List.of("anyOf", "oneOf")) {
			if (!schema.path(branches).isEmpty()) {
				return of(branch(schema.path(branches), depth), name, depth);
			}
		}
		return switch (type(schema, depth)) {
			case "object" -> object(schema, depth);
			case "array" -> array(schema, name, depth);
			case "integer" -> JSON.numberNode(schema.path("minimum").asLong(3));
			case "number" -> JSON.numberNode(schema.path("minimum").asDouble(1.5));
			case "boolean" -> JSON.booleanNode(true);
			case "null" -> JSON.nullNode();
			default -> JSON.stringNode(text(schema, name));
		};
	}

	/**
	 * A value rather than none, unless the schema leads into itself.
	 */
	private static JsonNode branch(JsonNode branches, int depth) {
		JsonNode chosen = branches.get(0);
		for (JsonNode branch : branches) {
			boolean empty = "null".equals(branch.path("type").asString(""));
			if (empty == depth > DEEP) {
				return branch;
			}
		}
		return chosen;
	}

	private static String type(JsonNode schema, int depth) {
		JsonNode type = schema.path("type");
		if (type.isArray()) {
			List<String> types = type.valueStream().map((one) -> one.asString("")).toList();
			return (depth > DEEP && types.contains("null")) ? "null"
					: types.stream().filter((one) -> !"null".equals(one)).findFirst().orElse("null");
		}
		return type.asString(schema.has("properties") ? "object" : "string");
	}

	private ObjectNode object(JsonNode schema, int depth) {
		ObjectNode object = JSON.objectNode();
		schema.path("properties").forEachEntry((name, member) -> object.set(name, of(member, name, depth + 1)));
		JsonNode others = schema.path("additionalProperties");
		if (others.isObject() && depth <= DEEP) {
			object.set("first", of(others, "first", depth + 1));
		}
		return object;
	}

	private ArrayNode array(JsonNode schema, String name, int depth) {
		ArrayNode array = JSON.arrayNode();
		long elements = Math.max(schema.path("minItems").asLong(0),
				(depth > DEEP) ? 0 : Math.min(ELEMENTS, schema.path("maxItems").asLong(ELEMENTS)));
		for (long i = 0; i < elements; i++) {
			array.add(of(schema.path("items"), name, depth + 1));
		}
		return array;
	}

	private static String text(JsonNode schema, String name) {
		String text = switch (schema.path("format").asString("")) {
			case "date" -> "2026-01-31";
			case "time" -> "12:30:00Z";
			case "date-time" -> "2026-01-31T12:30:00Z";
			case "duration" -> "PT90M";
			case "email" -> "somebody@example.org";
			case "uri", "url", "iri" -> "https://example.org/";
			case "uuid" -> "00000000-0000-4000-8000-000000000000";
			case "ipv4" -> "192.0.2.1";
			default -> words(name);
		};
		long longest = schema.path("maxLength").asLong(Long.MAX_VALUE);
		return (text.length() > longest) ? text.substring(0, (int) longest) : text;
	}

	private static String words(String name) {
		String words = name.replaceAll("([a-z])([A-Z])", "$1 $2").replace('_', ' ').toLowerCase(Locale.ROOT).strip();
		return "city".equals(words) ? "Paris" : "some " + words;
	}

}
