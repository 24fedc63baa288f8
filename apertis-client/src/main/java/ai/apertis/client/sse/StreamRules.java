package ai.apertis.client.sse;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * By which rules a stream is read and judged.
 *
 * @param firstChunkTimeout the longest time from the call to the first chunk
 * @param idleTimeout the longest silence after it; comments are signs of life
 * @param contentTimeout the longest time between two chunks, however many comments come
 * between them, {@code null} for no limit
 * @param totalTimeout the longest time that a call may take in all, with its retries,
 * {@code null} for no limit
 * @param maxEventSize the most bytes that one event may have
 * @param finishReasonRequired whether a done marker without any finish reason, after
 * content began, leaves the stream interrupted
 */
public record StreamRules(Duration firstChunkTimeout, Duration idleTimeout, @Nullable Duration contentTimeout,
		@Nullable Duration totalTimeout, int maxEventSize, boolean finishReasonRequired) {

	/** The rules that hold unless others are given. */
	public static final StreamRules DEFAULTS = new StreamRules(Duration.ofMinutes(5), Duration.ofMinutes(2), null, null,
			8 * 1024 * 1024, true);

	/**
	 * Create rules.
	 * @throws IllegalArgumentException if a limit is not positive
	 */
	public StreamRules {
		requirePositive(firstChunkTimeout, "firstChunkTimeout");
		requirePositive(idleTimeout, "idleTimeout");
		requirePositive(contentTimeout, "contentTimeout");
		requirePositive(totalTimeout, "totalTimeout");
		if (maxEventSize <= 0) {
			throw new IllegalArgumentException("maxEventSize must be positive, not " + maxEventSize);
		}
	}

	private static void requirePositive(@Nullable Duration duration, String name) {
		if (duration != null && (duration.isZero() || duration.isNegative())) {
			throw new IllegalArgumentException(name + " must be positive, not " + duration);
		}
	}

}
