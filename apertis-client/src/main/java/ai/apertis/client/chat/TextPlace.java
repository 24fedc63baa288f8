package ai.apertis.client.chat;

import java.util.List;

/**
 * Position of a chunk's text, in the delta of its only choice.
 *
 * @param part which text
 * @param start the index of its first byte in the chunk's JSON
 */
record TextPlace(Part part, int start) {

	/**
	 * Return a chunk that is like another one, but for this text.
	 */
	ChatCompletionChunk in(ChatCompletionChunk chunk, String text) {
		ChunkChoice choice = chunk.choices().get(0);
		Delta delta = choice.delta();
		Delta other = switch (this.part) {
			case CONTENT -> with(delta, text, delta.reasoning(), delta.toolCalls());
			case REASONING -> with(delta, delta.content(), text, delta.toolCalls());
			case ARGUMENTS ->
				with(delta, delta.content(), delta.reasoning(), List.of(with(delta.toolCalls().get(0), text)));
		};
		return new ChatCompletionChunk(chunk.id(), chunk.created(), chunk.model(), List
			.of(new ChunkChoice(choice.index(), other, choice.finishReason(), choice.logprobs(), choice.extra())),
				chunk.usage(), chunk.extra());
	}

	private static Delta with(Delta delta, String content, String reasoning, List<ToolCallDelta> toolCalls) {
		return new Delta(delta.role(), content, reasoning, delta.refusal(), toolCalls, delta.annotations(),
				delta.audio(), delta.extra());
	}

	private static ToolCallDelta with(ToolCallDelta call, String arguments) {
		return new ToolCallDelta(call.index(), call.id(), call.type(), call.name(), arguments, call.extra());
	}

	/**
	 * Which text a delta has.
	 */
	enum Part {

		/** The answer's text. */
		CONTENT,

		/** The model's reasoning. */
		REASONING,

		/** The arguments of the only tool call. */
		ARGUMENTS

	}

}
