package ai.apertis.client.chat;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One chunk of a streamed answer. Any of its parts may be absent: there are chunks
 * without choices, choices without a delta, and deltas without content.
 *
 * @param id the id of the answer, {@code null} if absent or empty; it may differ from
 * chunk to chunk
 * @param created seconds since the epoch, 0 if absent
 * @param model the provider's name for the model, {@code null} if absent or empty
 * @param choices what the chunk adds to each choice, possibly nothing
 * @param usage the usage, {@code null} if the chunk tells none
 * @param extra all further members, by name
 */
public record ChatCompletionChunk(@Nullable String id, long created, @Nullable String model, List<ChunkChoice> choices,
		@Nullable Usage usage, Map<String, JsonNode> extra) {

	private static final String WEB_SEARCH_NOTICE = "web-search";

	public ChatCompletionChunk {
		choices = List.copyOf(choices);
		extra = Map.copyOf(extra);
	}

	/**
	 * Return the content that the chunk adds to the first choice.
	 * @return the text, empty if the chunk adds none; a {@linkplain #isNotice() notice}
	 * adds none
	 */
	public String content() {
		return text(Delta::content);
	}

	/**
	 * Return the reasoning that the chunk adds to the first choice.
	 * @return the text, empty if the chunk adds none
	 */
	public String reasoning() {
		return text(Delta::reasoning);
	}

	/**
	 * Return whether this is a notice of the gateway, not a part of the model's answer:
	 * it sends one when it searches the web first. Its text is the content of its choice.
	 * @return whether the chunk is a notice
	 */
	public boolean isNotice() {
		return WEB_SEARCH_NOTICE.equals(this.id);
	}

	private String text(Function<Delta, String> part) {
		if (isNotice()) {
			return "";
		}
		for (ChunkChoice choice : this.choices) {
			if (choice.index() == 0) {
				return part.apply(choice.delta());
			}
		}
		return "";
	}

	/**
	 * Return the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "ChatCompletionChunk[id=" + this.id + ", model=" + this.model + ", choices=" + this.choices + ", usage="
				+ this.usage + "]";
	}

}
