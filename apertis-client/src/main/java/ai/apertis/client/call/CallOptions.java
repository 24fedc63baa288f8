package ai.apertis.client.call;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Options for one call. Immutable; each {@code with…} method returns options with one
 * thing changed.
 *
 * @param limits limits of the call's stream
 * @param retries how the call is retried after a failure
 * @param failover further models, requested one after the other when a model's attempts
 * are spent
 * @param headers headers to send besides the client's own, which they cannot replace
 */
public record CallOptions(StreamLimits limits, RetryPolicy retries, List<String> failover,
		Map<String, String> headers) {

	/** The default options. */
	public static final CallOptions DEFAULTS = new CallOptions(StreamLimits.DEFAULTS, RetryPolicy.DEFAULTS, List.of(),
			Map.of());

	public CallOptions {
		failover = List.copyOf(failover);
		headers = Map.copyOf(headers);
	}

	/**
	 * Set the limits of the call's stream.
	 * @param limits the limits
	 * @return options with them
	 */
	public CallOptions withLimits(StreamLimits limits) {
		return new CallOptions(limits, this.retries, this.failover, this.headers);
	}

	/**
	 * Set how the call is retried after a failure.
	 * @param retries the policy
	 * @return options with it
	 */
	public CallOptions withRetries(RetryPolicy retries) {
		return new CallOptions(this.limits, retries, this.failover, this.headers);
	}

	/**
	 * Set how many times the call is retried after a failure.
	 * @param maxRetries the maximum number of retries, 0 for none
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
		return new CallOptions(this.limits, this.retries, List.of(models), this.headers);
	}

	/**
	 * Set the maximum time from an attempt's start to its first chunk.
	 * @param timeout the time
	 * @return options with that limit
	 */
	public CallOptions withFirstChunkTimeout(Duration timeout) {
		return withLimits(this.limits.withFirstChunkTimeout(timeout));
	}

	/**
	 * Set the maximum silence between two signs of life.
	 * @param timeout the time
	 * @return options with that limit
	 */
	public CallOptions withIdleTimeout(Duration timeout) {
		return withLimits(this.limits.withIdleTimeout(timeout));
	}

	/**
	 * Set the maximum time between two chunks, however many comments come between them.
	 * @param timeout the time, {@code null} for no limit
	 * @return options with that limit
	 */
	public CallOptions withContentTimeout(@Nullable Duration timeout) {
		return withLimits(this.limits.withContentTimeout(timeout));
	}

	/**
	 * Set the maximum time that the call may take in all, with all its attempts. A
	 * {@link ai.apertis.client.ChatCall#completion() completion} that begins anew counts
	 * on.
	 * @param timeout the time, {@code null} for no limit
	 * @return options with that limit
	 */
	public CallOptions withTotalTimeout(@Nullable Duration timeout) {
		return withLimits(this.limits.withTotalTimeout(timeout));
	}

	/**
	 * Set the maximum time from an attempt's start to the end of a response that is not
	 * streamed.
	 * @param timeout the time
	 * @return options with that limit
	 */
	public CallOptions withWholeResponseTimeout(Duration timeout) {
		return withLimits(this.limits.withWholeResponseTimeout(timeout));
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
		return new CallOptions(this.limits, this.retries, this.failover, more);
	}

	/**
	 * Return the options with the names of the headers, not their values.
	 */
	@Override
	public String toString() {
		return "CallOptions[rules=" + this.limits + ", retries=" + this.retries + ", failover=" + this.failover
				+ ", headers=" + this.headers.keySet() + "]";
	}

}
