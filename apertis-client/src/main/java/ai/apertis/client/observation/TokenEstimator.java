package ai.apertis.client.observation;

import org.jspecify.annotations.Nullable;

/**
 * Strategy for counting the tokens of calls whose usage the gateway has not reported.
 * Without one, they are estimated from the text.
 */
@FunctionalInterface
public interface TokenEstimator {

	/**
	 * Count the tokens of a text of up to 32,768 characters. Called for each attempt of
	 * such a call that may be billed, when that has ended, by the thread that reads the
	 * answer, so it must not block: once for the prompt, and once for the answer, or
	 * sixty-four times for pieces of a text that is longer.
	 * @param text the text
	 * @param model the model, {@code null} if the request names none
	 * @return the number of tokens
	 */
	long tokens(String text, @Nullable String model);

}
