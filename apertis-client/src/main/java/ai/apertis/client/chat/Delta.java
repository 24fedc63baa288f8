package ai.apertis.client.chat;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The content that a chunk adds to a choice, by kind.
 *
 * @param role the role, {@code null} if absent
 * @param content a piece of the answer's text, empty if there is none
 * @param reasoning a piece of the model's reasoning, in whatever member it came, empty if
 * there is none
 * @param refusal a piece of the model's refusal, empty if there is none
 * @param toolCalls pieces of tool calls
 * @param annotations further notes to the text
 * @param audio a piece of spoken content, {@code null} if there is none
 * @param extra all further members, by name, such as {@code images} and
 * {@code reasoning_details}
 */
public record Delta(@Nullable String role, String content, String reasoning, String refusal,
		List<ToolCallDelta> toolCalls, List<Annotation> annotations, @Nullable Audio audio,
		Map<String, JsonNode> extra) {

	/** Adds nothing. */
	public static final Delta NOTHING = new Delta(null, "", "", "", List.of(), List.of(), null, Map.of());

	public Delta {
		toolCalls = List.copyOf(toolCalls);
		annotations = List.copyOf(annotations);
		extra = Map.copyOf(extra);
	}

	/**
	 * Return the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "Delta[content=" + this.content.length() + " characters, reasoning=" + this.reasoning.length()
				+ " characters, toolCalls=" + this.toolCalls.size() + "]";
	}

}
