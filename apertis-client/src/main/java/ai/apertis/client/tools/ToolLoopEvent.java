package ai.apertis.client.tools;

import java.util.List;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatMessage;
import ai.apertis.client.chat.ToolCall;

/**
 * Event of a {@link ToolLoop}: chunks, then the answer that they form, then the results
 * of its tool calls, then the next turn.
 */
public sealed interface ToolLoopEvent {

	/**
	 * Return in which turn it happens.
	 * @return the turn's number, from 1
	 */
	int turn();

	/**
	 * A chunk has come.
	 *
	 * @param turn the turn's number
	 * @param chunk the chunk
	 */
	record Chunk(int turn, ChatCompletionChunk chunk) implements ToolLoopEvent {
	}

	/**
	 * A turn's answer is whole.
	 *
	 * @param turn the turn's number
	 * @param completion the answer, with its usage
	 * @param conversation all messages up to and with this answer, from which the
	 * conversation can go on
	 */
	record Answer(int turn, ChatCompletion completion, List<ChatMessage> conversation) implements ToolLoopEvent {

		public Answer {
			conversation = List.copyOf(conversation);
		}

	}

	/**
	 * A function has been called.
	 *
	 * @param turn the turn's number
	 * @param call the call that the model asked for
	 * @param result the text that the model gets for it
	 */
	record Result(int turn, ToolCall call, String result) implements ToolLoopEvent {

		/**
		 * Return the call, not the result.
		 */
		@Override
		public String toString() {
			return "Result[turn=" + this.turn + ", call=" + this.call + "]";
		}

	}

}
