package ai.apertis.client.chat;

import java.util.Map;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Required form of an answer.
 *
 * @param json its JSON on the wire
 */
public record ResponseFormat(@JsonValue Map<String, Object> json) {

	/** Any JSON object. */
	public static final ResponseFormat JSON_OBJECT = new ResponseFormat(Map.of("type", "json_object"));

	/** Plain text. */
	public static final ResponseFormat TEXT = new ResponseFormat(Map.of("type", "text"));

	/**
	 * JSON of a given form, which the model must keep to.
	 * @param name a name for the form: letters, digits, {@code _} and {@code -}
	 * @param schema its JSON schema, anything that can be written as JSON
	 * @return the format
	 */
	public static ResponseFormat jsonSchema(String name, Object schema) {
		return jsonSchema(name, schema, true);
	}

	/**
	 * JSON of a given form.
	 * @param name a name for the form: letters, digits, {@code _} and {@code -}
	 * @param schema its JSON schema, anything that can be written as JSON
	 * @param strict whether the model must keep to it, which providers refuse for schemas
	 * with objects whose members may have any name
	 * @return the format
	 */
	public static ResponseFormat jsonSchema(String name, Object schema, boolean strict) {
		return new ResponseFormat(
				Map.of("type", "json_schema", "json_schema", Map.of("name", name, "schema", schema, "strict", strict)));
	}

}
