package ai.apertis.client.protocol;

import java.util.Arrays;

import ai.apertis.client.sse.Event;
import ai.apertis.client.tokens.TokenTally;
import org.jspecify.annotations.Nullable;

/**
 * Template of a parsed chunk: its bytes, and the strings in it that mean nothing to the
 * protocol. Most chunks of a stream differ from the one before only in these strings, so
 * that comparing bytes reveals as much as parsing: the same JSON, with other text in the
 * same strings. Nothing is guessed: the inside of a string never counts as anything else,
 * and whatever differs elsewhere is parsed.
 */
final class ChunkTemplate {

	private final byte[] bytes;

	/** Behind the opening quote of each string, and at its closing quote. */
	private final int[] strings;

	/** Which of them are text that the model has written. */
	private final boolean[] texts;

	/** The same of the event that was compared last. */
	private final int[] found;

	private ChunkTemplate(byte[] bytes, int[] strings, boolean[] texts) {
		this.bytes = bytes;
		this.strings = strings;
		this.texts = texts;
		this.found = new int[strings.length];
	}

	/**
	 * Make a template.
	 * @param event a chunk whose data is JSON
	 * @param quotes where the strings begin, from the start of the data
	 * @param texts which of them are text that the model has written
	 * @param count how many of them there are
	 * @return the template, {@code null} if it takes none
	 */
	static @Nullable ChunkTemplate of(Event event, int[] quotes, boolean[] texts, int count) {
		byte[] bytes = Arrays.copyOfRange(event.data(), event.dataStart(), event.dataEnd());
		int[] strings = new int[2 * count];
		for (int i = 0; i < count; i++) {
			int open = quotes[i];
			if (open < 0 || open >= bytes.length || bytes[open] != '"') {
				return null;
			}
			int close = endOfString(bytes, open + 1, bytes.length);
			if (close < 0) {
				return null;
			}
			strings[2 * i] = open + 1;
			strings[2 * i + 1] = close;
		}
		return new ChunkTemplate(bytes, strings, texts.clone());
	}

	/**
	 * Return whether an event's data is that of the template, but for the text of the
	 * strings.
	 */
	boolean matches(Event event) {
		byte[] data = event.data();
		int end = event.dataEnd();
		int position = event.dataStart();
		int from = 0;
		for (int i = 0; i < this.strings.length; i += 2) {
			int length = this.strings[i] - from;
			if (!matches(data, position, end, from, length)) {
				return false;
			}
			this.found[i] = position + length;
			position = endOfString(data, position + length, end);
			if (position < 0) {
				return false;
			}
			this.found[i + 1] = position;
			from = this.strings[i + 1];
		}
		int length = this.bytes.length - from;
		return position + length == end && matches(data, position, end, from, length);
	}

	/**
	 * Count the text of the event that has matched.
	 */
	void count(Event event, TokenTally tally) {
		for (int i = 0; i < this.found.length; i += 2) {
			if (this.texts[i / 2]) {
				tally.addEscaped(event.data(), this.found[i], this.found[i + 1]);
			}
		}
	}

	private boolean matches(byte[] data, int position, int end, int from, int length) {
		return position + length <= end
				&& Arrays.equals(data, position, position + length, this.bytes, from, from + length);
	}

	/**
	 * Find the quote that closes a string.
	 * @return its index, -1 if there is none, or if JSON does not allow such a string
	 */
	private static int endOfString(byte[] data, int start, int end) {
		int i = start;
		while (i < end) {
			byte b = data[i];
			if (b == '"') {
				return i;
			}
			if (b == '\\') {
				i = behindEscape(data, i + 1, end);
				if (i < 0) {
					return -1;
				}
			}
			else if (b >= 0 && b < ' ') {
				return -1;
			}
			else {
				i++;
			}
		}
		return -1;
	}

	private static int behindEscape(byte[] data, int i, int end) {
		if (i >= end) {
			return -1;
		}
		return switch (data[i]) {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> i + 1;
			case 'u' -> {
				for (int digit = i + 1; digit <= i + 4; digit++) {
					if (digit >= end || Character.digit(data[digit], 16) < 0) {
						yield -1;
					}
				}
				yield i + 5;
			}
			default -> -1;
		};
	}

}
