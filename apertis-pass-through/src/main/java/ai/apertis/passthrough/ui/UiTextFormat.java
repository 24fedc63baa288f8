package ai.apertis.passthrough.ui;

import java.nio.charset.StandardCharsets;

import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.protocol.ChunkStreamReader;
import ai.apertis.client.stream.EventStream;
import ai.apertis.passthrough.format.StreamFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;

/**
 * The text of an answer, and nothing else.
 */
final class UiTextFormat implements StreamFormat {

	private static final MediaType TEXT = new MediaType(MediaType.TEXT_PLAIN, StandardCharsets.UTF_8);

	private final ChunkStreamReader chunks = new ChunkStreamReader(ChatJson.strict());

	@Override
	public MediaType contentType() {
		return TEXT;
	}

	@Override
	public @Nullable DataBuffer next(EventStream stream) {
		StringBuilder text = new StringBuilder();
		for (ChatCompletionChunk chunk = this.chunks.next(stream); chunk != null; chunk = this.chunks.next(stream)) {
			text.append(chunk.content());
			chunk.choices()
				.stream()
				.filter((choice) -> choice.index() == 0)
				.forEach((choice) -> text.append(choice.delta().refusal()));
		}
		return text.isEmpty() ? null : bytes(text.toString());
	}

	@Override
	public boolean hasSentError() {
		return false;
	}

	/**
	 * There is no place for an error, so that nothing is said.
	 */
	@Override
	public DataBuffer error(Throwable failure) {
		return bytes("");
	}

	/**
	 * Nor is there one for a sign of life; but the head of the response can be sent.
	 */
	@Override
	public DataBuffer heartbeat() {
		return bytes("");
	}

	private static DataBuffer bytes(String text) {
		return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

}
