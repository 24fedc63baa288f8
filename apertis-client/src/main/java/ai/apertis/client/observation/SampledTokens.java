package ai.apertis.client.observation;

import ai.apertis.client.tokens.TokenTally;
import org.jspecify.annotations.Nullable;

/**
 * Counts short texts whole, and of a long one pieces from all over it. A tokenizer may
 * take hundreds of bytes and two microseconds for each character, and it is called by
 * threads that others wait for.
 */
final class SampledTokens implements TokenEstimator {

	/** What is longer is sampled. */
	static final int MAX_WHOLE = 32 * 1024;

	private static final int SAMPLES = 64;

	private static final int SAMPLE = MAX_WHOLE / SAMPLES;

	/**
	 * Of what the text itself lets expect that much is counted at least: it could be
	 * denser wherever no sample is taken.
	 */
	private static final double AT_LEAST = 0.5;

	private final TokenEstimator estimator;

	SampledTokens(TokenEstimator estimator) {
		this.estimator = estimator;
	}

	@Override
	public long tokens(String text, @Nullable String model) {
		if (text.length() <= MAX_WHOLE) {
			return this.estimator.tokens(text, model);
		}
		int length = 0;
		long tokens = 0;
		for (int i = 0; i < SAMPLES; i++) {
			String sample = sample(text, i);
			length += sample.length();
			tokens += this.estimator.tokens(sample, model);
		}
		TokenTally tally = new TokenTally();
		tally.add(text);
		return Math.max(tokens * text.length() / length, Math.round(AT_LEAST * tally.tokens()));
	}

	/**
	 * The first one begins where the text does, the last one ends where it does.
	 */
	private static String sample(String text, int index) {
		int start = (int) ((long) (text.length() - SAMPLE) * index / (SAMPLES - 1));
		return text.substring(start + half(text, start), start + SAMPLE + half(text, start + SAMPLE));
	}

	/**
	 * No character is cut in two.
	 */
	private static int half(String text, int index) {
		return (index < text.length() && Character.isLowSurrogate(text.charAt(index))) ? 1 : 0;
	}

}
