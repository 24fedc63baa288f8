package ai.apertis.client.chat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A tool call that the model asks for.
 *
 * @param id the call's id, {@code null} if the provider sent none
 * @param type the call's type, {@code function} unless told otherwise
 * @param name the function's name, {@code null} if the provider sent none
 * @param arguments the JSON of the arguments as the model wrote it: it may be empty, cut
 * off or wrong
 * @param extra all further members, by name; they must go back to the gateway with the
 * call
 */
public record ToolCall(@Nullable String id, String type, @Nullable String name, String arguments,
		Map<String, JsonNode> extra) {

	public ToolCall {
		extra = Map.copyOf(extra);
	}

	/**
	 * Return the id by which the call's result is sent back. A call to which the provider
	 * gave none gets one that is made of its name and arguments, so that it is the same
	 * in the message with the call and in the one with its result.
	 * @return the id
	 */
	public String callId() {
		return (this.id != null) ? this.id
				: "call_" + UUID.nameUUIDFromBytes((this.name + this.arguments).getBytes(StandardCharsets.UTF_8))
					.toString()
					.replace("-", "");
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
		members.put("id", callId());
		members.put("type", this.type);
		members.put("function", Map.of("name", String.valueOf(this.name), "arguments", argumentsOrEmpty()));
		return members;
	}

	/**
	 * Tells the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "ToolCall[id=" + this.id + ", name=" + this.name + ", arguments=" + this.arguments.length()
				+ " characters]";
	}

}
