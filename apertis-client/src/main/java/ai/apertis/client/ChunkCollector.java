package ai.apertis.client;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionAccumulator;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.protocol.ChunkStreamReader;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamReader;
import org.jspecify.annotations.Nullable;

/**
 * {@link StreamReader} for chunks that also collects them, so that a failure carries what
 * was received.
 */
final class ChunkCollector implements StreamReader<ChatCompletionChunk> {

	private final ChunkStreamReader chunks;

	private final ChatCompletionAccumulator received = new ChatCompletionAccumulator();

	ChunkCollector(ChatJson json) {
		this.chunks = new ChunkStreamReader(json);
	}

	@Override
	public @Nullable ChatCompletionChunk next(EventStream events) {
		ChatCompletionChunk chunk = this.chunks.next(events);
		if (chunk != null) {
			this.received.add(chunk);
			return chunk;
		}
		ApertisException failure = events.failure();
		if (failure != null && !this.received.isEmpty()) {
			failure.keepPartialCompletion(this.received.completion());
		}
		return null;
	}

	ChatCompletion completion() {
		return this.received.completion();
	}

}
