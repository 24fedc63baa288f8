package ai.apertis.client.protocol;

import java.util.Arrays;

import ai.apertis.client.sse.Event;
import org.jspecify.annotations.Nullable;

/**
 * Positions of the strings in the deltas of a chunk, for a {@link ChunkTemplate}.
 */
final class StringPlaces {

	private static final int MAX_STRINGS = 8;

	/** A larger event is like no other, and would be kept in vain. */
	private static final int MAX_TEMPLATE = 4 * 1024;

	private final int[] quotes = new int[MAX_STRINGS];

	private final boolean[] texts = new boolean[MAX_STRINGS];

	private int count;

	/**
	 * Add a string.
	 * @param quote where its opening quote is, from the start of the event's data
	 * @param text whether it is text that the model has written
	 */
	void add(long quote, boolean text) {
		if (this.count < MAX_STRINGS) {
			this.quotes[this.count] = (int) quote;
			this.texts[this.count] = text;
		}
		this.count++;
	}

	/**
	 * None of the strings so far is text of the model after all.
	 */
	void forgetTexts() {
		Arrays.fill(this.texts, false);
	}

	/**
	 * Make a template of the chunk.
	 * @return the template, {@code null} if the chunk is none
	 */
	@Nullable ChunkTemplate template(Event event) {
		return (this.count <= MAX_STRINGS && event.dataEnd() - event.dataStart() <= MAX_TEMPLATE)
				? ChunkTemplate.of(event, this.quotes, this.texts, this.count) : null;
	}

}
