package ai.apertis.client.wire;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Meaning of the values with which providers say why a choice ended. An unknown value is
 * a reason like any other.
 *
 * @param failures further words that mean a failure, in any case
 */
public record FinishReasons(Set<String> failures) {

	/** No further words. */
	public static final FinishReasons DEFAULTS = new FinishReasons(Set.of());

	/** What some providers write for a reason that is not there yet. */
	private static final Set<String> ABSENT = Set.of("", "null", "none", "nil", "undefined");

	/**
	 * The generation ended because something broke. What ended because of a limit or a
	 * filter is a whole answer.
	 */
	private static final Set<String> FAILURES = Set.of("error", "network_error", "insufficient_system_resource",
			"server_error", "internal_error", "internal_server_error", "upstream_error", "provider_error",
			"model_error", "engine_error", "api_error", "unknown_error", "timeout", "timed_out", "overloaded",
			"overloaded_error", "service_unavailable", "unavailable", "failed", "failure", "exception", "abort",
			"aborted", "cancelled", "canceled", "interrupted", "disconnected");

	/**
	 * Create the meanings.
	 */
	public FinishReasons {
		failures = failures.stream().map(FinishReasons::normalized).collect(Collectors.toUnmodifiableSet());
	}

	/**
	 * Return whether a word only says that there is no finish reason yet.
	 * @param word the word as it came
	 * @return whether it is as if there were none
	 */
	public static boolean isAbsent(String word) {
		return ABSENT.contains(normalized(word));
	}

	/**
	 * Return whether a word says that the answer has failed.
	 * @param word the word as it came
	 * @return whether it means a failure
	 */
	public boolean isFailure(String word) {
		String normalized = normalized(word);
		return FAILURES.contains(normalized) || this.failures.contains(normalized);
	}

	private static String normalized(String word) {
		return word.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
	}

}
