package ai.apertis.client.upstream;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How often, and after which waits, an exchange that has failed is repeated. Only what is
 * safe to repeat is: an answer that tells of an error that may pass, or no answer at all;
 * never a stream whose first event has been handed on. What is collected before it is
 * handed on may also break off.
 *
 * @param maxRetries how many times a call is repeated at the most; attempts are one more
 * @param initialDelay the wait before the first retry, doubled for each further one, of
 * which a random part is taken
 * @param maxDelay the longest wait, unless the gateway asks for a longer one
 * @param maxRetryAfter the longest wait that the gateway may ask for; if it asks for
 * more, the call fails
 * @param statusTimeout for how long, from the start of the call, a status may be kept
 * from whoever waits for it: a wait that would go beyond is not begun, {@code null} for
 * no limit. Once that time is over nothing is kept any more
 */
public record RetryPolicy(int maxRetries, Duration initialDelay, Duration maxDelay, Duration maxRetryAfter,
		@Nullable Duration statusTimeout) {

	/** The policy that holds unless another is given. */
	public static final RetryPolicy DEFAULTS = new RetryPolicy(2, Duration.ofMillis(500), Duration.ofSeconds(8),
			Duration.ofSeconds(60));

	/** Never repeats anything. */
	public static final RetryPolicy NONE = new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Duration.ZERO);

	/**
	 * Create a policy that may keep a status for any time.
	 * @param maxRetries how many times a call is repeated at the most
	 * @param initialDelay the wait before the first retry
	 * @param maxDelay the longest wait, unless the gateway asks for a longer one
	 * @param maxRetryAfter the longest wait that the gateway may ask for
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
	 * Change how many times a call is repeated.
	 * @param maxRetries the most retries
	 * @return a policy with that limit
	 */
	public RetryPolicy withMaxRetries(int maxRetries) {
		return new RetryPolicy(maxRetries, this.initialDelay, this.maxDelay, this.maxRetryAfter, this.statusTimeout);
	}

	/**
	 * Change for how long a status may be kept for the sake of a retry.
	 * @param timeout the time from the start of the call, {@code null} for no limit
	 * @return a policy with that limit
	 */
	public RetryPolicy withStatusTimeout(@Nullable Duration timeout) {
		return new RetryPolicy(this.maxRetries, this.initialDelay, this.maxDelay, this.maxRetryAfter, timeout);
	}

}
