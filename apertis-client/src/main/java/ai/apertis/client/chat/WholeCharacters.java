package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the text of a chunk from ending in half a surrogate pair: the first half is held
 * back until the chunk with the second. Some providers split a text between them. Not
 * safe for use by several threads at a time.
 */
public final class WholeCharacters {

	private final Map<Integer, Character> content = new HashMap<>(0);

	private final Map<Integer, Character> reasoning = new HashMap<>(0);

	/**
	 * Complete a chunk by the halves that were kept back.
	 * @param chunk the chunk as it came
	 * @return the chunk itself as a rule, else one with other texts
	 */
	public ChatCompletionChunk in(ChatCompletionChunk chunk) {
		if (isWhole(chunk)) {
			return chunk;
		}
		List<ChunkChoice> choices = new ArrayList<>();
		for (ChunkChoice choice : chunk.choices()) {
			Delta delta = choice.delta();
			Delta whole = new Delta(delta.role(), whole(this.content, choice.index(), delta.content()),
					whole(this.reasoning, choice.index(), delta.reasoning()), delta.refusal(), delta.toolCalls(),
					delta.annotations(), delta.audio(), delta.extra());
			choices
				.add(new ChunkChoice(choice.index(), whole, choice.finishReason(), choice.logprobs(), choice.extra()));
		}
		return new ChatCompletionChunk(chunk.id(), chunk.created(), chunk.model(), choices, chunk.usage(),
				chunk.extra());
	}

	private boolean isWhole(ChatCompletionChunk chunk) {
		if (!this.content.isEmpty() || !this.reasoning.isEmpty()) {
			return false;
		}
		for (ChunkChoice choice : chunk.choices()) {
			if (endsInHalf(choice.delta().content()) || endsInHalf(choice.delta().reasoning())) {
				return false;
			}
		}
		return true;
	}

	private static boolean endsInHalf(String text) {
		return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
	}

	private static String whole(Map<Integer, Character> halves, int choice, String text) {
		if (text.isEmpty()) {
			return text;
		}
		Character half = halves.remove(choice);
		String whole = (half != null) ? half + text : text;
		if (!endsInHalf(whole)) {
			return whole;
		}
		halves.put(choice, whole.charAt(whole.length() - 1));
		return whole.substring(0, whole.length() - 1);
	}

}
