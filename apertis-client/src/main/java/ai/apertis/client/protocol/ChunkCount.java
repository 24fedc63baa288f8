package ai.apertis.client.protocol;

import java.util.function.LongSupplier;

/**
 * Counts the chunks of one stream, and estimates its tokens: by the text, unless the
 * chunks are about as many, as most providers send one for each token.
 */
final class ChunkCount {

	private static final double MIN_PER_CHUNK = 0.5;

	private static final double MAX_PER_CHUNK = 1.4;

	/** The tokens of the text that has come. */
	private final LongSupplier text;

	private long chunks;

	private long withContent;

	/** How many tokens there were when the usage was reported last. */
	private long accounted;

	ChunkCount(LongSupplier text) {
		this.text = text;
	}

	void add(boolean hasContent) {
		this.chunks++;
		if (hasContent) {
			this.withContent++;
		}
	}

	long chunks() {
		return this.chunks;
	}

	/**
	 * The usage was reported: it includes what has come so far.
	 */
	void account() {
		this.accounted = tokens();
	}

	long tokens() {
		long tokens = this.text.getAsLong();
		boolean oneEach = tokens <= MAX_PER_CHUNK * this.withContent && tokens >= MIN_PER_CHUNK * this.withContent;
		return oneEach ? this.withContent : tokens;
	}

	/**
	 * Return how many tokens there may be, by whichever figure is the higher one.
	 */
	long tokensAtMost() {
		return Math.max(this.withContent, this.text.getAsLong());
	}

	long tokensSinceUsage() {
		return Math.max(0, tokens() - this.accounted);
	}

}
