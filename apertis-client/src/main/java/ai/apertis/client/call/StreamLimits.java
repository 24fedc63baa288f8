package ai.apertis.client.call;

import java.time.Duration;

import ai.apertis.client.wire.FinishReasons;
import org.jspecify.annotations.Nullable;

/**
 * Limits of one stream, and what counts as its end.
 *
 * @param firstChunkTimeout the maximum time from the call to the first chunk
 * @param idleTimeout the maximum silence after it; comments are signs of life
 * @param contentTimeout the maximum time between two chunks, however many comments come
 * between them, {@code null} for no limit
 * @param totalTimeout the maximum time that a call may take in all, with its retries,
 * {@code null} for no limit
 * @param wholeResponseTimeout the maximum time from an attempt's start to the end of an
 * answer that is not streamed
 * @param maxEventSize the maximum number of bytes that one event may have
 * @param finishReasonRequired whether a done marker without any finish reason, after
 * content began, leaves the stream interrupted
 * @param finishReasons what finish reasons mean
 */
public record StreamLimits(Duration firstChunkTimeout, Duration idleTimeout, @Nullable Duration contentTimeout,
		@Nullable Duration totalTimeout, Duration wholeResponseTimeout, int maxEventSize, boolean finishReasonRequired,
		FinishReasons finishReasons) {

	/**
	 * How long an answer may take that is not streamed, unless another limit is given.
	 */
	private static final Duration WHOLE_RESPONSE = Duration.ofMinutes(10);

	/** The default limits. */
	public static final StreamLimits DEFAULTS = new StreamLimits(Duration.ofMinutes(5), Duration.ofMinutes(2), null,
			null, 8 * 1024 * 1024, true);

	/**
	 * Create limits with the usual meaning of finish reasons, and ten minutes for a
	 * response that is not streamed.
	 * @param firstChunkTimeout the maximum time from the call to the first chunk
	 * @param idleTimeout the maximum silence after it
	 * @param contentTimeout the maximum time between two chunks, {@code null} for no
	 * limit
	 * @param totalTimeout the maximum time that a call may take in all, {@code null} for
	 * no limit
	 * @param maxEventSize the maximum number of bytes that one event may have
	 * @param finishReasonRequired whether a done marker takes a finish reason to count
	 * @throws IllegalArgumentException if a limit is not positive
	 */
	public StreamLimits(Duration firstChunkTimeout, Duration idleTimeout, @Nullable Duration contentTimeout,
			@Nullable Duration totalTimeout, int maxEventSize, boolean finishReasonRequired) {
		this(firstChunkTimeout, idleTimeout, contentTimeout, totalTimeout, WHOLE_RESPONSE, maxEventSize,
				finishReasonRequired, FinishReasons.DEFAULTS);
	}

	/**
	 * Create limits.
	 * @throws IllegalArgumentException if a limit is not positive
	 */
	public StreamLimits {
		requirePositive(firstChunkTimeout, "firstChunkTimeout");
		requirePositive(idleTimeout, "idleTimeout");
		requirePositive(contentTimeout, "contentTimeout");
		requirePositive(totalTimeout, "totalTimeout");
		requirePositive(wholeResponseTimeout, "wholeResponseTimeout");
		if (maxEventSize <= 0) {
			throw new IllegalArgumentException("maxEventSize must be positive, not " + maxEventSize);
		}
	}

	/**
	 * Set the maximum time from the call to the first chunk.
	 * @param timeout the time
	 * @return limits with that timeout
	 */
	public StreamLimits withFirstChunkTimeout(Duration timeout) {
		return new StreamLimits(timeout, this.idleTimeout, this.contentTimeout, this.totalTimeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Set the maximum silence between two signs of life.
	 * @param timeout the time
	 * @return limits with that timeout
	 */
	public StreamLimits withIdleTimeout(Duration timeout) {
		return new StreamLimits(this.firstChunkTimeout, timeout, this.contentTimeout, this.totalTimeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Set the maximum time between two chunks.
	 * @param timeout the time, {@code null} for no limit
	 * @return limits with that timeout
	 */
	public StreamLimits withContentTimeout(@Nullable Duration timeout) {
		return new StreamLimits(this.firstChunkTimeout, this.idleTimeout, timeout, this.totalTimeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Set the maximum time that a call may take in all.
	 * @param timeout the time, {@code null} for no limit
	 * @return limits with that timeout
	 */
	public StreamLimits withTotalTimeout(@Nullable Duration timeout) {
		return new StreamLimits(this.firstChunkTimeout, this.idleTimeout, this.contentTimeout, timeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Set the maximum time for a response that is not streamed.
	 * @param timeout the time
	 * @return limits with that timeout
	 */
	public StreamLimits withWholeResponseTimeout(Duration timeout) {
		return new StreamLimits(this.firstChunkTimeout, this.idleTimeout, this.contentTimeout, this.totalTimeout,
				timeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	private static void requirePositive(@Nullable Duration duration, String name) {
		if (duration != null && (duration.isZero() || duration.isNegative())) {
			throw new IllegalArgumentException(name + " must be positive, not " + duration);
		}
	}

}
