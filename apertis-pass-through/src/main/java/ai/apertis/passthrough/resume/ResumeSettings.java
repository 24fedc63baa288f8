package ai.apertis.passthrough.resume;

import java.time.Duration;

import ai.apertis.passthrough.delivery.DrainLimits;

/**
 * How streams are kept.
 *
 * @param mode which streams are
 * @param anonymous whether also those of anonymous users, which whoever knows the id can
 * resume
 * @param replacing whether a further request of a conversation takes the place of the one
 * that runs; it is refused otherwise
 * @param detached limits of reading streams on whose clients have gone
 * @param lease how long an owner may be silent
 * @param batchInterval how long events wait to be stored together
 * @param maxBytes how many bytes of a stream are kept at most
 * @param maxWaiting how many bytes of all streams may wait to be stored
 * @param storeTimeout how long the store may take to answer
 */
public record ResumeSettings(Mode mode, boolean anonymous, boolean replacing, DrainLimits detached, Duration lease,
		Duration batchInterval, int maxBytes, long maxWaiting, Duration storeTimeout) {

	/**
	 * Which streams are kept.
	 */
	public enum Mode {

		/** None but those of conversations. */
		NONE,

		/** Those of requests that say so. */
		ON_REQUEST,

		/** All. */
		ALL

	}

}
