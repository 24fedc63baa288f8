package ai.apertis.passthrough.resume;

import org.jspecify.annotations.Nullable;

/**
 * A stream that begins to be stored.
 *
 * @param id the stream's id
 * @param generation tells this owner from others of the same id
 * @param owner hash of the user who may resume it, empty if whoever knows the id may
 * @param model the requested model
 * @param promptTokens the estimated tokens of the prompt
 * @param replacing whether it takes the place of one that runs
 */
public record StreamStart(String id, String generation, String owner, @Nullable String model, long promptTokens,
		boolean replacing) {

	StreamStart withPromptTokens(long promptTokens) {
		return new StreamStart(this.id, this.generation, this.owner, this.model, promptTokens, this.replacing);
	}

}
