package ai.apertis.passthrough.route;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.util.PatternMatchUtils;

/**
 * Rules for clients' requests.
 *
 * @param defaultModel the model for requests that name none, {@code null} to refuse them
 * @param allowedModels the models that may be asked, each an id or a pattern such as
 * {@code gpt-4o*}; empty for any model
 * @param maxOutputTokens the maximum number of tokens that each choice of an answer may
 * have, {@code null} for no limit; a request that asks for more, or for no limit, gets
 * this one
 * @param maxChoices the maximum number of choices of an answer
 * @param maxDepth how deep the JSON may be nested
 * @param maxValues how many names, values and brackets the JSON may have
 * @param deniedParameters parameters that a client must not set
 */
public record RequestRules(@Nullable String defaultModel, List<String> allowedModels, @Nullable Long maxOutputTokens,
		int maxChoices, int maxDepth, long maxValues, List<String> deniedParameters) {

	public RequestRules {
		allowedModels = List.copyOf(allowedModels);
		deniedParameters = List.copyOf(deniedParameters);
	}

	/**
	 * Return whether a model may be asked.
	 * @param model the model's id
	 * @return whether it is one of the allowed ones
	 */
	public boolean allows(String model) {
		return this.allowedModels.isEmpty()
				|| PatternMatchUtils.simpleMatch(this.allowedModels.toArray(String[]::new), model);
	}

}
