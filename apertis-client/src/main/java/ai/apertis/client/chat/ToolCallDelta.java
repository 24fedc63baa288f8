package ai.apertis.client.chat;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Piece of a tool call. Empty strings on the wire count as absent.
 *
 * @param index the call's index, {@code null} if absent
 * @param id the call's id, {@code null} if absent
 * @param type the call's type, {@code null} if absent
 * @param name the function's name or a piece of it, {@code null} if absent
 * @param arguments a piece of the JSON of the arguments, empty if there is none
 * @param extra all further members, by name, such as {@code extra_content}
 */
public record ToolCallDelta(@Nullable Integer index, @Nullable String id, @Nullable String type, @Nullable String name,
		String arguments, Map<String, JsonNode> extra) {

	public ToolCallDelta {
		extra = Map.copyOf(extra);
	}

	/**
	 * Return the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "ToolCallDelta[index=" + this.index + ", id=" + this.id + ", name=" + this.name + ", arguments="
				+ this.arguments.length() + " characters]";
	}

}
