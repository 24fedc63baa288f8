package ai.apertis.client.schema;

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON schema of a Java type, and reader of values that a model has written by it.
 * Immutable.
 */
public final class TypeSchema {

	private static final String DEFINITIONS = "$defs";

	private static final String LIST = "items";

	private static final String OTHER = "value";

	private final JsonNode json;

	/** The one member of the object around the value, {@code null} if there is none. */
	private final @Nullable String envelope;

	private TypeSchema(JsonNode json, @Nullable String envelope) {
		this.json = json;
		this.envelope = envelope;
	}

	static TypeSchema of(JsonNode schema) {
		if ("object".equals(schema.path("type").asString(""))) {
			return new TypeSchema(schema, null);
		}
		String envelope = SchemaTree.allows(schema, "array") ? LIST : OTHER;
		ObjectNode object = JsonNodeFactory.instance.objectNode();
		object.put("type", "object");
		ObjectNode value = object.putObject("properties").putObject(envelope).setAll((ObjectNode) schema);
		object.putArray("required").add(envelope);
		object.put("additionalProperties", false);
		JsonNode definitions = value.remove(DEFINITIONS);
		if (definitions != null) {
			// the references to them begin at the root
			object.set(DEFINITIONS, definitions);
		}
		leadInto(envelope, object);
		return new TypeSchema(object, envelope);
	}

	/**
	 * What has led to the root leads into the envelope.
	 */
	private static void leadInto(String envelope, JsonNode schema) {
		if (schema instanceof ObjectNode object && "#".equals(object.path("$ref").asString(""))) {
			object.put("$ref", "#/properties/" + envelope);
		}
		schema.forEach((inner) -> leadInto(envelope, inner));
	}

	/**
	 * Return the schema, which is always that of an object.
	 * @return its JSON, not to be changed
	 */
	public JsonNode json() {
		return this.json;
	}

	/**
	 * Return whether a value of the type is asked for as the one member of an object,
	 * because it is none itself.
	 * @return whether it is
	 */
	public boolean isEnveloped() {
		return this.envelope != null;
	}

	/**
	 * Return whether providers can hold a model to the schema strictly: not if it has
	 * objects with members of any name, as maps are, or values of any type.
	 * @return whether they can
	 */
	public boolean isStrict() {
		return SchemaTree.isStrict(this.json);
	}

	/**
	 * Read the value of the type that a model has written, as text. What models put
	 * around it is taken off: thinking, fences, words. What can only mean a value of the
	 * schema is taken for it: {@code 6.0} for an integer, a list or an object as text, a
	 * list without the object that it was asked for in. Nothing is guessed.
	 * @param text what the model wrote
	 * @return the JSON of the value, which may still be none of the type
	 * @throws JacksonException if there is no JSON in the text that may be the value, or
	 * more than one
	 */
	public Written read(String text) {
		JsonNode written = (LIST.equals(this.envelope)) ? WrittenContainer.listIn(text)
				: WrittenContainer.objectIn(text);
		boolean bare = this.envelope != null && !(written.isObject() && written.has(this.envelope));
		JsonNode enveloped = bare ? JsonNodeFactory.instance.objectNode().set(this.envelope, written) : written;
		return new Written(new WrittenValue(this.json).fitted(enveloped));
	}

	/**
	 * What a model has written.
	 */
	public final class Written {

		private final JsonNode json;

		private Written(JsonNode json) {
			this.json = json;
		}

		/**
		 * Return the value.
		 * @return its JSON
		 */
		public JsonNode value() {
			return (TypeSchema.this.envelope != null) ? this.json.path(TypeSchema.this.envelope) : this.json;
		}

		/**
		 * Find out whether the value has all members that its type requires.
		 * @return the path of the first that is missing, or that is null and must not be;
		 * empty if there is none
		 */
		public Optional<String> missingMember() {
			return Optional.ofNullable(new MissingMembers(TypeSchema.this.json).in(this.json));
		}

	}

}
