package ai.apertis.client.schema;

import java.math.BigDecimal;
import java.util.List;

import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fits a value written by a model into its schema, where it is right but has the wrong
 * form. A fraction is never truncated to an integer.
 */
final class WrittenValue {

	private static final ObjectReader ONE_VALUE = WireJson.mapper()
		.reader()
		.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

	private final SchemaTree schema;

	WrittenValue(JsonNode schema) {
		this.schema = new SchemaTree(schema);
	}

	/**
	 * Fit a value.
	 * @param value the value, which is changed
	 * @return the value that fits better, or the same
	 */
	JsonNode fitted(JsonNode value) {
		return fitted(this.schema.root(), value);
	}

	private JsonNode fitted(JsonNode schema, JsonNode value) {
		if (this.schema.branches(schema).size() > 1) {
			// of which of several types it is, is not guessed
			return value;
		}
		JsonNode described = this.schema.described(schema);
		if (value.isString()) {
			JsonNode container = containerAsText(described, value.asString());
			return (container != null) ? fitted(described, container) : value;
		}
		if (value.isFloat() || value.isDouble() || value.isBigDecimal()) {
			return integer(described, value);
		}
		if (value instanceof ObjectNode object) {
			fitMembers(described, object);
		}
		else if (value instanceof ArrayNode array && described.has("items")) {
			for (int i = 0; i < array.size(); i++) {
				array.set(i, fitted(described.path("items"), array.get(i)));
			}
		}
		return value;
	}

	private void fitMembers(JsonNode schema, ObjectNode object) {
		JsonNode properties = schema.path("properties");
		JsonNode others = schema.path("additionalProperties");
		for (String name : List.copyOf(object.propertyNames())) {
			if (properties.has(name)) {
				object.set(name, fitted(properties.path(name), object.get(name)));
			}
			else if (others.isObject()) {
				object.set(name, fitted(others, object.get(name)));
			}
		}
	}

	private static @Nullable JsonNode containerAsText(JsonNode schema, String text) {
		boolean array = SchemaTree.allows(schema, "array");
		boolean object = SchemaTree.allows(schema, "object");
		if (SchemaTree.allows(schema, "string") || !(array || object)) {
			return null;
		}
		try {
			JsonNode value = ONE_VALUE.readTree(text);
			return ((array && value.isArray()) || (object && value.isObject())) ? value : null;
		}
		catch (JacksonException ex) {
			// a text after all, which the strict read refuses
			return null;
		}
	}

	private static JsonNode integer(JsonNode schema, JsonNode value) {
		if (!SchemaTree.allows(schema, "integer") || SchemaTree.allows(schema, "number")
				|| !Double.isFinite(value.doubleValue())) {
			return value;
		}
		BigDecimal number = value.decimalValue();
		// huge exponents are no way to write an integer
		return (number.stripTrailingZeros().scale() <= 0 && number.precision() - number.scale() <= 40)
				? JsonNodeFactory.instance.numberNode(number.toBigIntegerExact()) : value;
	}

}
