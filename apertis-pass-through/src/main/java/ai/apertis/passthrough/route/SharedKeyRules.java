package ai.apertis.passthrough.route;

import java.util.List;
import java.util.Set;

import ai.apertis.passthrough.RefusedException;

import org.springframework.util.PatternMatchUtils;

/**
 * Rules for what a gateway keeps, or does, for the owner of a key. All users share it, so
 * that whoever names the id of something that is kept under it reads what is another
 * one's. Each rule can be lifted.
 *
 * @param allowed the parameters that users may set all the same
 * @param allowedTools the tools that the provider runs, each a type or a pattern such as
 * {@code web_search*}; none unless named
 * @param remoteUrls whether the gateway may be told to fetch images and files from any
 * address
 */
public record SharedKeyRules(Set<String> allowed, List<String> allowedTools, boolean remoteUrls) {

	/** What can be lifted. */
	public static final Set<String> PARAMETERS = Set.of("store", "previous_response_id", "conversation",
			"item_reference", "background", "prompt", "file_id", "container", "vector_store_ids", "server_url",
			"mcp_servers", "metadata", "user", "safety_identifier", "prompt_cache_key", "service_tier", "inference_geo",
			"speed");

	public SharedKeyRules {
		allowed = Set.copyOf(allowed);
		allowedTools = List.copyOf(allowedTools);
	}

	boolean allows(String parameter) {
		return this.allowed.contains(parameter);
	}

	boolean allowsTool(String type) {
		return PatternMatchUtils.simpleMatch(this.allowedTools.toArray(String[]::new), type);
	}

	/**
	 * Refuse what belongs to whoever owns the key, unless it is lifted.
	 */
	void require(String parameter) {
		if (!allows(parameter)) {
			throw RefusedException
				.of(400, "unsupported_parameter",
						"The parameter '" + parameter + "' must not be set here, as all users share one key")
				.withParam(parameter);
		}
	}

	/**
	 * Leave a parameter out, unless it is lifted.
	 */
	RequestBody without(RequestBody body, String... parameters) {
		RequestBody kept = body;
		for (String parameter : parameters) {
			if (kept.has(parameter) && !allows(parameter)) {
				kept = kept.without(parameter);
			}
		}
		return kept;
	}

}
