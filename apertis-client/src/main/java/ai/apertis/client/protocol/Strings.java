package ai.apertis.client.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import ai.apertis.client.sse.Event;
import ai.apertis.client.tokens.TokenTally;
import tools.jackson.core.JsonParser;

/**
 * Strings of one event whose tokens are counted if they turn out to be text of the
 * answer.
 */
sealed interface Strings {

	/**
	 * Return whether the string that the parser is at is empty.
	 */
	boolean isAtEmpty();

	/**
	 * Keep the string that the parser is at.
	 */
	void keep();

	/**
	 * Count what is kept, and forget it.
	 */
	void tally(TokenTally tally);

	/**
	 * Forget what is kept.
	 */
	void forget();

	/**
	 * Strings that are kept as the places where they begin: an event may be large, and
	 * most are never looked at.
	 */
	final class OfBytes implements Strings {

		private final Event event;

		private final JsonParser parser;

		private int[] starts = new int[2];

		private int count;

		OfBytes(Event event, JsonParser parser) {
			this.event = event;
			this.parser = parser;
		}

		@Override
		public boolean isAtEmpty() {
			return this.event.data()[start()] == '"';
		}

		private int start() {
			return this.event.dataStart() + (int) this.parser.currentTokenLocation().getByteOffset() + 1;
		}

		@Override
		public void keep() {
			if (this.count == this.starts.length) {
				this.starts = Arrays.copyOf(this.starts, 2 * this.count);
			}
			this.starts[this.count++] = start();
		}

		@Override
		public void tally(TokenTally tally) {
			for (int i = 0; i < this.count; i++) {
				tally.addString(this.event.data(), this.starts[i], this.event.dataEnd());
			}
			this.count = 0;
		}

		@Override
		public void forget() {
			this.count = 0;
		}

	}

	/**
	 * Strings of an event whose bytes are no UTF-8, and were replaced.
	 */
	final class OfText implements Strings {

		private final JsonParser parser;

		private final List<String> texts = new ArrayList<>();

		OfText(JsonParser parser) {
			this.parser = parser;
		}

		@Override
		public boolean isAtEmpty() {
			return this.parser.getString().isEmpty();
		}

		@Override
		public void keep() {
			this.texts.add(this.parser.getString());
		}

		@Override
		public void tally(TokenTally tally) {
			this.texts.forEach(tally::add);
			this.texts.clear();
		}

		@Override
		public void forget() {
			this.texts.clear();
		}

	}

}
