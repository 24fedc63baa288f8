package ai.apertis.client.call;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Policy for retrying a call. Only what is safe is retried: an error that may pass, or no
 * response at all, but never a stream whose first event has been handed on. A completion
 * that is collected first is also retried when its stream breaks off.
 *
 * @param maxRetries the maximum number of retries; total attempts are one more
 * @param initialDelay the wait before the first retry, doubled for each further one, of
 * which a random part is taken
 * @param maxDelay the maximum wait, unless the gateway asks for a longer one
 * @param maxRetryAfter the maximum wait that the gateway may ask for; if it asks for
 * more, the call fails
 * @param statusTimeout for how long, from the start of the call, a status may be kept
 * from whoever waits for it: a wait that would go beyond is not begun, {@code null} for
 * no limit. Once that time is over nothing is kept any more
 */
public record RetryPolicy(int maxRetries, Duration initialDelay, Duration maxDelay, Duration maxRetryAfter,
		@Nullable Duration statusTimeout) {

	/** The default policy. */
	public static final RetryPolicy DEFAULTS = new RetryPolicy(2, Duration.ofMillis(500), Duration.ofSeconds(8),
			Duration.ofSeconds(60));

	/** A policy without retries. */
	public static final RetryPolicy NONE = new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Duration.ZERO);

	/**
	 * Create a policy that may keep a status for any time.
	 * @param maxRetries the maximum number of retries
	 * @param initialDelay the wait before the first retry
	 * @param maxDelay the maximum wait, unless the gateway asks for a longer one
	 * @param maxRetryAfter the maximum wait that the gateway may ask for
	 * @throws IllegalArgumentException if a number or a time is negative
	 */
	public RetryPolicy(int maxRetries, Duration initialDelay, Duration maxDelay, Duration maxRetryAfter) {
		this(maxRetries, initialDelay, maxDelay, maxRetryAfter, null);
	}

	/**
	 * Create a policy.
	 * @throws IllegalArgumentException if a number or a time is negative
	 */
	public RetryPolicy {
		if (maxRetries < 0) {
			throw new IllegalArgumentException("maxRetries must not be negative, not " + maxRetries);
		}
		if (initialDelay.isNegative() || maxDelay.isNegative() || maxRetryAfter.isNegative()) {
			throw new IllegalArgumentException("The delays of retries must not be negative");
		}
	}

	/**
	 * Set the maximum number of retries.
	 * @param maxRetries the maximum number of retries
	 * @return a policy with that limit
	 */
	public RetryPolicy withMaxRetries(int maxRetries) {
		return new RetryPolicy(maxRetries, this.initialDelay, this.maxDelay, this.maxRetryAfter, this.statusTimeout);
	}

	/**
	 * Set for how long a status may be kept for the sake of a retry.
	 * @param timeout the time from the start of the call, {@code null} for no limit
	 * @return a policy with that limit
	 */
	public RetryPolicy withStatusTimeout(@Nullable Duration timeout) {
		return new RetryPolicy(this.maxRetries, this.initialDelay, this.maxDelay, this.maxRetryAfter, timeout);
	}

}
