package ai.apertis.client.chat;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The part of a chunk that belongs to one choice.
 *
 * @param index which choice; its position if the wire names none
 * @param delta what is added
 * @param finishReason why the choice ended, {@code null} if it goes on
 * @param logprobs how probable the added tokens were, {@code null} if not told
 * @param extra all further members, by name
 */
public record ChunkChoice(int index, Delta delta, @Nullable FinishReason finishReason, @Nullable Logprobs logprobs,
		Map<String, JsonNode> extra) {

	public ChunkChoice {
		extra = Map.copyOf(extra);
	}

	/**
	 * Return the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "ChunkChoice[index=" + this.index + ", delta=" + this.delta + ", finishReason=" + this.finishReason
				+ "]";
	}

}
