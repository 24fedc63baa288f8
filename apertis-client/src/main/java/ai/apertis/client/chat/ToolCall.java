package ai.apertis.client.chat;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Tool call requested by the model.
 *
 * @param id the call's id, by which its result is sent back; one that begins with
 * {@value #GENERATED_ID}, made of the answer's id and the call's place in it, if the
 * provider sent none
 * @param type the call's type, {@code function} unless told otherwise
 * @param name the function's name, {@code null} if the provider sent none
 * @param arguments the JSON of the arguments as the model wrote it: it may be empty, cut
 * off or wrong
 * @param extra all further members, by name; they must go back to the gateway with the
 * call
 */
public record ToolCall(String id, String type, @Nullable String name, String arguments, Map<String, JsonNode> extra) {

	/** How the ids begin that no provider has given. */
	public static final String GENERATED_ID = "call_generated_";

	public ToolCall {
		extra = Map.copyOf(extra);
	}

	/**
	 * Return the JSON of the arguments, in which a model's way to say that there are none
	 * is an empty object.
	 * @return the JSON as the model wrote it, {@code {}} if it is empty or {@code null}
	 */
	public String argumentsOrEmpty() {
		return (this.arguments.isBlank() || "null".equals(this.arguments.strip())) ? "{}" : this.arguments;
	}

	/**
	 * Return the call as it goes back to the gateway.
	 */
	Map<String, Object> toJson() {
		Map<String, Object> members = new LinkedHashMap<>(this.extra);
		members.put("id", this.id);
		members.put("type", this.type);
		members.put("function", Map.of("name", String.valueOf(this.name), "arguments", argumentsOrEmpty()));
		return members;
	}

	/**
	 * Return the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "ToolCall[id=" + this.id + ", name=" + this.name + ", arguments=" + this.arguments.length()
				+ " characters]";
	}

}
