package ai.apertis.client.observation;

import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of calls whose usage the gateway has not told. Without one, they are
 * guessed from the size of the request and the number of chunks.
 */
@FunctionalInterface
public interface TokenEstimator {

	/**
	 * Count the tokens of a text of up to about a million characters. Called for each
	 * attempt of such a call that may be billed, when that has ended: once for the
	 * prompt, and once for each choice.
	 * @param text the text
	 * @param model the model, {@code null} if the request names none
	 * @return the number of tokens
	 */
	long tokens(String text, @Nullable String model);

}
