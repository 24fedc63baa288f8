package ai.apertis.client.protocol;

import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.ChunkDecoder;
import ai.apertis.client.chat.WholeCharacters;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * {@link StreamReader} for the chunks of one stream of chat completions. Used by one
 * thread at a time.
 */
public final class ChunkStreamReader implements StreamReader<ChatCompletionChunk> {

	private final ChatJson json;

	private final ChunkDecoder chunks = new ChunkDecoder();

	private final WholeCharacters characters = new WholeCharacters();

	/**
	 * Create a reader.
	 * @param json reads chunks that are not written in UTF-8
	 */
	public ChunkStreamReader(ChatJson json) {
		this.json = json;
	}

	@Override
	public @Nullable ChatCompletionChunk next(EventStream events) {
		for (Event event = events.next(); event != null; event = events.next()) {
			if (mayBeChunk(event, events.meaning())) {
				ChatCompletionChunk chunk = read(event, events);
				if (chunk != null && !isBareError(chunk, events.meaning())) {
					return chunk;
				}
			}
		}
		return null;
	}

	private static boolean mayBeChunk(Event event, EventKind meaning) {
		return switch (meaning) {
			case CHUNK, USAGE -> true;
			case ERROR -> event.hasData() && "message".equals(event.type());
			case DONE, NOTHING -> false;
		};
	}

	/**
	 * Some providers tell an error inside a last chunk, which may have the usage too.
	 */
	private static boolean isBareError(ChatCompletionChunk chunk, EventKind meaning) {
		return meaning == EventKind.ERROR && chunk.choices().isEmpty() && chunk.usage() == null;
	}

	private @Nullable ChatCompletionChunk read(Event event, EventStream events) {
		try {
			return this.characters.in(this.chunks.decode(event.data(), event.dataStart(), event.dataEnd()));
		}
		catch (JacksonException ex) {
			if (!event.isUtf8()) {
				return this.characters.in(this.json.readChunk(event.dataText()));
			}
			events.fail(ex);
			return null;
		}
	}

}
