package ai.apertis.autoconfigure;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the pass-through.
 *
 * @param enabled Whether to serve the pass-through. Whoever reaches it spends the
 * gateway's tokens.
 * @param basePath Path below which the OpenAI-compatible routes are served.
 * @param maxRequestSize Largest size of a request's body.
 */
@ConfigurationProperties("apertis.pass-through")
public record PassThroughProperties(@DefaultValue("false") boolean enabled, @DefaultValue("/apertis") String basePath,
		@DefaultValue("10MB") DataSize maxRequestSize) {

	public PassThroughProperties {
		if (!basePath.startsWith("/") || basePath.endsWith("/")) {
			throw new IllegalArgumentException(
					"apertis.pass-through.base-path must start with a slash and not end with one, unlike '" + basePath
							+ "'");
		}
	}

	/**
	 * Return the path of the chat completions.
	 * @return the path
	 */
	public String chatCompletionsPath() {
		return this.basePath + "/v1/chat/completions";
	}

}
