package ai.apertis.client.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Function that the model may request to be called.
 *
 * @param name the function's name: letters, digits, {@code _} and {@code -}, at most 64
 * @param description what it does, for the model to decide, or {@code null}
 * @param parameters the JSON schema of its parameters, anything that can be written as
 * JSON, or {@code null} if it has none
 * @param strict whether the model must keep to the schema, {@code null} to leave it open
 */
public record Tool(String name, @Nullable String description, @Nullable Object parameters, @Nullable Boolean strict) {

	private static final Map<String, Object> NO_PARAMETERS = Map.of("type", "object", "properties", Map.of(),
			"required", List.of(), "additionalProperties", false);

	/**
	 * Declare a function.
	 * @param name its name
	 * @param description what it does
	 * @param parameters the JSON schema of its parameters
	 * @return the tool
	 */
	public static Tool of(String name, String description, Object parameters) {
		return new Tool(name, description, parameters, null);
	}

	/**
	 * Declare a function without parameters.
	 * @param name its name
	 * @param description what it does
	 * @return the tool
	 */
	public static Tool of(String name, String description) {
		return new Tool(name, description, null, null);
	}

	/**
	 * Return the tool as it is written on the wire.
	 * @return its members by name
	 */
	@JsonValue
	Map<String, Object> toJson() {
		Map<String, Object> function = new LinkedHashMap<>();
		function.put("name", this.name);
		putIfSet(function, "description", this.description);
		// some providers refuse a function that does not tell that it has none
		function.put("parameters", (this.parameters != null) ? this.parameters : NO_PARAMETERS);
		putIfSet(function, "strict", this.strict);
		return Map.of("type", "function", "function", function);
	}

	private static void putIfSet(Map<String, Object> members, String name, @Nullable Object value) {
		if (value != null) {
			members.put(name, value);
		}
	}

}
