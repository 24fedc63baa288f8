package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.client.sse.StreamRules;
import org.jspecify.annotations.Nullable;

/**
 * How one call is made. Immutable; each method gives options with one thing changed.
 *
 * @param rules by which rules its stream is read and judged
 * @param retries how it is repeated when it has failed
 * @param failover further models to ask, one after the other, when a model's attempts are
 * spent
 * @param headers headers to send besides the client's own, which they cannot replace
 */
public record CallOptions(StreamRules rules, RetryPolicy retries, List<String> failover, Map<String, String> headers) {

	/** The options that hold unless others are given. */
	public static final CallOptions DEFAULTS = new CallOptions(StreamRules.DEFAULTS, RetryPolicy.DEFAULTS, List.of(),
			Map.of());

	public CallOptions {
		failover = List.copyOf(failover);
		headers = Map.copyOf(headers);
	}

	/**
	 * Change the rules by which the stream is read and judged.
	 * @param rules the rules
	 * @return options with them
	 */
	public CallOptions withRules(StreamRules rules) {
		return new CallOptions(rules, this.retries, this.failover, this.headers);
	}

	/**
	 * Change how the call is repeated when it has failed.
	 * @param retries the policy
	 * @return options with it
	 */
	public CallOptions withRetries(RetryPolicy retries) {
		return new CallOptions(this.rules, retries, this.failover, this.headers);
	}

	/**
	 * Change how many times the call is repeated when it has failed.
	 * @param maxRetries the most retries, 0 for none
	 * @return options with that limit
	 */
	public CallOptions withMaxRetries(int maxRetries) {
		return withRetries(this.retries.withMaxRetries(maxRetries));
	}

	/**
	 * Name further models, to be asked one after the other: each when the attempts of the
	 * one before are spent, when it does not exist, or when its first chunk takes longer
	 * than {@link #withFirstChunkTimeout} allows, or its whole answer longer than
	 * {@link #withWholeResponseTimeout}. Nothing of an answer may have been handed on.
	 * {@link ai.apertis.client.metadata.ResponseMetadata#actualModel()} tells which one
	 * answered. The gateway can do the same by itself, see
	 * {@link ai.apertis.client.chat.ChatCompletionRequest.Builder#fallback}.
	 * @param models the models' ids
	 * @return options with these models
	 */
	public CallOptions withFailover(String... models) {
		return new CallOptions(this.rules, this.retries, List.of(models), this.headers);
	}

	/**
	 * Change the longest time from an attempt's start to its first chunk.
	 * @param timeout the time
	 * @return options with that limit
	 */
	public CallOptions withFirstChunkTimeout(Duration timeout) {
		return withRules(this.rules.withFirstChunkTimeout(timeout));
	}

	/**
	 * Change the longest silence between two signs of life.
	 * @param timeout the time
	 * @return options with that limit
	 */
	public CallOptions withIdleTimeout(Duration timeout) {
		return withRules(this.rules.withIdleTimeout(timeout));
	}

	/**
	 * Change the longest time between two chunks, however many comments come between
	 * them.
	 * @param timeout the time, {@code null} for no limit
	 * @return options with that limit
	 */
	public CallOptions withContentTimeout(@Nullable Duration timeout) {
		return withRules(this.rules.withContentTimeout(timeout));
	}

	/**
	 * Change the longest time that the call may take in all, with all its attempts. A
	 * {@link ai.apertis.client.ChatCall#completion() completion} that begins anew counts
	 * on.
	 * @param timeout the time, {@code null} for no limit
	 * @return options with that limit
	 */
	public CallOptions withTotalTimeout(@Nullable Duration timeout) {
		return withRules(this.rules.withTotalTimeout(timeout));
	}

	/**
	 * Change the longest time from an attempt's start to the end of an answer that is not
	 * streamed.
	 * @param timeout the time
	 * @return options with that limit
	 */
	public CallOptions withWholeResponseTimeout(Duration timeout) {
		return withRules(this.rules.withWholeResponseTimeout(timeout));
	}

	/**
	 * Send a header.
	 * @param name the header's name
	 * @param value its value
	 * @return options with the header
	 */
	public CallOptions withHeader(String name, String value) {
		Map<String, String> more = new LinkedHashMap<>(this.headers);
		more.put(name, value);
		return new CallOptions(this.rules, this.retries, this.failover, more);
	}

	/**
	 * Tells the headers' names, not their values.
	 */
	@Override
	public String toString() {
		return "CallOptions[rules=" + this.rules + ", retries=" + this.retries + ", failover=" + this.failover
				+ ", headers=" + this.headers.keySet() + "]";
	}

}
