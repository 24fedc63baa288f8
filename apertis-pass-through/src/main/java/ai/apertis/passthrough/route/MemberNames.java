package ai.apertis.passthrough.route;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;

/**
 * Names of a request's members, as read by gateways that ignore case. Go's decoder folds
 * case, including that of {@code ſ} and of the Kelvin sign. A name that differs from a
 * known one only in case must not get past our rules.
 */
final class MemberNames {

	private static final int MAX_NAME_LENGTH = 64;

	private static final List<String> KNOWN = List.of("model", "models", "messages", "fallback_models",
			"fallback_enabled", "compression", "enabled", "stream", "stream_options", "include_usage",
			"include_obfuscation", "n", "max_tokens", "max_completion_tokens", "audio", "frequency_penalty",
			"function_call", "functions", "logit_bias", "logprobs", "metadata", "modalities", "moderation",
			"parallel_tool_calls", "plugins", "prediction", "presence_penalty", "prompt_cache_key",
			"prompt_cache_retention", "provider", "reasoning", "reasoning_effort", "response_format",
			"safety_identifier", "seed", "service_tier", "stop", "store", "temperature", "thinking", "tool_choice",
			"tools", "top_k", "top_logprobs", "top_p", "transforms", "user", "verbosity", "web_search_options");

	/** The names inside of messages and tools. */
	private static final List<String> INSIDE = List.of("role", "content", "name", "type", "text", "image_url", "url",
			"detail", "input_audio", "data", "format", "file", "file_data", "file_id", "filename", "refusal", "id",
			"index", "tool_calls", "tool_call_id", "function_call", "function", "arguments", "description", "strict",
			"parameters", "custom", "reasoning", "reasoning_content", "cache_control", "model", "server_url",
			"server_label", "headers");

	private final Map<String, String> known = new HashMap<>();

	private final Map<String, String> inside = new HashMap<>();

	/**
	 * Create the names.
	 * @param further names that are known besides those of the protocol
	 */
	MemberNames(Collection<String> further) {
		KNOWN.forEach((name) -> this.known.put(folded(name), name));
		INSIDE.forEach((name) -> this.inside.put(folded(name), name));
		further.forEach((name) -> this.known.put(folded(name), name));
	}

	/**
	 * Refuse a name that a gateway may take for another one.
	 * @param name the name of a member
	 * @param before the folded names of those before it in the same object, to which it
	 * is added
	 * @throws RefusedException if it differs in its case only from one that is known, or
	 * that came before
	 */
	void requireUnmistakable(String name, Map<String, String> before) {
		requireUnmistakable(name, before, this.known);
	}

	/**
	 * Refuse a name inside of messages or tools that a gateway may take for another one.
	 * @param name the name of a member
	 * @param before the folded names of those before it in the same object, to which it
	 * is added
	 * @throws RefusedException if it differs in its case only from one that is known, or
	 * if it is there twice
	 */
	void requireUnmistakableInside(String name, Map<String, String> before) {
		if (before.containsKey(folded(name))) {
			throw RequestReader.invalid(name, "The parameter '" + name + "' is there twice in one object");
		}
		requireUnmistakable(name, before, this.inside);
	}

	private static void requireUnmistakable(String name, Map<String, String> before, Map<String, String> known) {
		String folded = known.containsKey(name) ? name : folded(name);
		String other = known.getOrDefault(folded, name);
		String earlier = before.putIfAbsent(folded, name);
		if (!other.equals(name) || (earlier != null && !earlier.equals(name))) {
			throw ambiguous(name, (!other.equals(name) || earlier == null) ? other : earlier);
		}
	}

	private static RefusedException ambiguous(String name, String other) {
		return RequestReader.invalid(other, "The parameter '" + RequestReader.printable(name, MAX_NAME_LENGTH)
				+ "' must be written '" + other + "'");
	}

	/**
	 * Return whether a gateway may take a name for another one.
	 */
	static boolean isSame(String name, @Nullable String other) {
		return other != null && folded(name).equals(folded(other));
	}

	private static String folded(String name) {
		if (isFolded(name)) {
			return name;
		}
		StringBuilder folded = new StringBuilder(name.length());
		name.codePoints()
			.map((character) -> Character.toLowerCase(Character.toUpperCase(character)))
			.forEach(folded::appendCodePoint);
		return folded.toString();
	}

	/**
	 * As the names of all parameters are.
	 */
	private static boolean isFolded(String name) {
		for (int i = 0; i < name.length(); i++) {
			char c = name.charAt(i);
			if ((c < 'a' || c > 'z') && c != '_' && (c < '0' || c > '9')) {
				return false;
			}
		}
		return true;
	}

}
