package ai.apertis.client.chat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

/**
 * Decodes the chunks of one stream. Most chunks differ from the one before only in one
 * string, which is found by comparing bytes; only the others are parsed. Not safe for use
 * by several threads at a time.
 */
public final class ChunkDecoder {

	private static final JsonMapper JSON = WireJson.mapper();

	private static final char REPLACEMENT = '\uFFFD';

	/** The chunk that was parsed last. */
	private @Nullable ChatCompletionChunk chunk;

	private byte[] bytes = new byte[0];

	/** Where its text is, {@code null} if it has none that the next may differ in. */
	private @Nullable TextPlace place;

	/** Behind its text. */
	private int textEnd;

	/**
	 * Decode the next chunk.
	 * @param json the array that holds the chunk's JSON
	 * @param start the index of its first byte
	 * @param end the index behind its last byte
	 * @return the chunk
	 * @throws JacksonException if the bytes are no JSON
	 */
	public ChatCompletionChunk decode(byte[] json, int start, int end) {
		ChatCompletionChunk last = this.chunk;
		TextPlace place = this.place;
		if (last != null && place != null) {
			String text = differingText(json, start, end, place.start());
			if (text != null) {
				return place.in(last, text);
			}
		}
		return parse(json, start, end);
	}

	private ChatCompletionChunk parse(byte[] json, int start, int end) {
		try (JsonParser parser = JSON.createParser(json, start, end - start)) {
			ChunkReader reader = new ChunkReader(parser);
			ChatCompletionChunk chunk = reader.chunk();
			keep(chunk, reader.place(), json, start, end);
			return chunk;
		}
	}

	private void keep(ChatCompletionChunk chunk, @Nullable TextPlace place, byte[] json, int start, int end) {
		this.place = null;
		if (place != null && chunk.choices().size() == 1) {
			int textEnd = endOfText(json, start + place.start(), end);
			if (textEnd < end) {
				this.chunk = chunk;
				this.bytes = Arrays.copyOfRange(json, start, end);
				this.place = place;
				this.textEnd = textEnd - start;
			}
		}
	}

	/**
	 * The text of a chunk that is the last one but for its text, {@code null} if it is
	 * not.
	 */
	private @Nullable String differingText(byte[] json, int start, int end, int textStart) {
		int from = start + textStart;
		int to = end - (this.bytes.length - this.textEnd);
		boolean alike = from <= to && Arrays.equals(json, start, from, this.bytes, 0, textStart)
				&& Arrays.equals(json, to, end, this.bytes, this.textEnd, this.bytes.length);
		if (!alike) {
			return null;
		}
		int plainEnd = from;
		while (plainEnd < to && isPlain(json[plainEnd])) {
			plainEnd++;
		}
		if (plainEnd == to) {
			String text = new String(json, from, to - from, StandardCharsets.UTF_8);
			// a parser may take for a character what is none
			return (text.indexOf(REPLACEMENT) < 0) ? text : null;
		}
		return (endOfText(json, plainEnd, to + 1) == to) ? unescaped(json, from - 1, to + 1) : null;
	}

	private static boolean isPlain(byte b) {
		return b != '"' && b != '\\' && (b < 0 || b >= ' ');
	}

	/**
	 * Find the quote that ends a text.
	 */
	private static int endOfText(byte[] json, int start, int end) {
		int i = start;
		while (i < end && json[i] != '"') {
			i += (json[i] == '\\') ? 2 : 1;
		}
		return Math.min(i, end);
	}

	private static @Nullable String unescaped(byte[] json, int start, int end) {
		try (JsonParser parser = JSON.createParser(json, start, end - start)) {
			parser.nextToken();
			return parser.getString();
		}
		catch (JacksonException ex) {
			// parsing the whole chunk tells what is wrong with it
			return null;
		}
	}

}
