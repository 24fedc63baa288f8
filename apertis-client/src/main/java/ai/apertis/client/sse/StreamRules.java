package ai.apertis.client.sse;

import java.time.Duration;

import ai.apertis.client.wire.FinishReasons;
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
 * @param wholeResponseTimeout the longest time from an attempt's start to the end of an
 * answer that is not streamed
 * @param maxEventSize the most bytes that one event may have
 * @param finishReasonRequired whether a done marker without any finish reason, after
 * content began, leaves the stream interrupted
 * @param finishReasons what finish reasons mean
 */
public record StreamRules(Duration firstChunkTimeout, Duration idleTimeout, @Nullable Duration contentTimeout,
		@Nullable Duration totalTimeout, Duration wholeResponseTimeout, int maxEventSize, boolean finishReasonRequired,
		FinishReasons finishReasons) {

	/**
	 * How long an answer may take that is not streamed, unless another limit is given.
	 */
	private static final Duration WHOLE_RESPONSE = Duration.ofMinutes(10);

	/** The rules that hold unless others are given. */
	public static final StreamRules DEFAULTS = new StreamRules(Duration.ofMinutes(5), Duration.ofMinutes(2), null, null,
			8 * 1024 * 1024, true);

	/**
	 * Create rules with the usual meaning of finish reasons, and ten minutes for an
	 * answer that is not streamed.
	 * @param firstChunkTimeout the longest time from the call to the first chunk
	 * @param idleTimeout the longest silence after it
	 * @param contentTimeout the longest time between two chunks, {@code null} for no
	 * limit
	 * @param totalTimeout the longest time that a call may take in all, {@code null} for
	 * no limit
	 * @param maxEventSize the most bytes that one event may have
	 * @param finishReasonRequired whether a done marker takes a finish reason to count
	 * @throws IllegalArgumentException if a limit is not positive
	 */
	public StreamRules(Duration firstChunkTimeout, Duration idleTimeout, @Nullable Duration contentTimeout,
			@Nullable Duration totalTimeout, int maxEventSize, boolean finishReasonRequired) {
		this(firstChunkTimeout, idleTimeout, contentTimeout, totalTimeout, WHOLE_RESPONSE, maxEventSize,
				finishReasonRequired, FinishReasons.DEFAULTS);
	}

	/**
	 * Create rules.
	 * @throws IllegalArgumentException if a limit is not positive
	 */
	public StreamRules {
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
	 * Change the longest time from the call to the first chunk.
	 * @param timeout the time
	 * @return rules with that limit
	 */
	public StreamRules withFirstChunkTimeout(Duration timeout) {
		return new StreamRules(timeout, this.idleTimeout, this.contentTimeout, this.totalTimeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Change the longest silence between two signs of life.
	 * @param timeout the time
	 * @return rules with that limit
	 */
	public StreamRules withIdleTimeout(Duration timeout) {
		return new StreamRules(this.firstChunkTimeout, timeout, this.contentTimeout, this.totalTimeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Change the longest time between two chunks.
	 * @param timeout the time, {@code null} for no limit
	 * @return rules with that limit
	 */
	public StreamRules withContentTimeout(@Nullable Duration timeout) {
		return new StreamRules(this.firstChunkTimeout, this.idleTimeout, timeout, this.totalTimeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Change the longest time that a call may take in all.
	 * @param timeout the time, {@code null} for no limit
	 * @return rules with that limit
	 */
	public StreamRules withTotalTimeout(@Nullable Duration timeout) {
		return new StreamRules(this.firstChunkTimeout, this.idleTimeout, this.contentTimeout, timeout,
				this.wholeResponseTimeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	/**
	 * Change the longest time for an answer that is not streamed.
	 * @param timeout the time
	 * @return rules with that limit
	 */
	public StreamRules withWholeResponseTimeout(Duration timeout) {
		return new StreamRules(this.firstChunkTimeout, this.idleTimeout, this.contentTimeout, this.totalTimeout,
				timeout, this.maxEventSize, this.finishReasonRequired, this.finishReasons);
	}

	private static void requirePositive(@Nullable Duration duration, String name) {
		if (duration != null && (duration.isZero() || duration.isNegative())) {
			throw new IllegalArgumentException(name + " must be positive, not " + duration);
		}
	}

}
