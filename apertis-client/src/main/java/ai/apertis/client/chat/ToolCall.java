package ai.apertis.client.chat;

import java.util.Map;

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
	 * Tells the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "ToolCall[id=" + this.id + ", name=" + this.name + ", arguments=" + this.arguments.length()
				+ " characters]";
	}

}
