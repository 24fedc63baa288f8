package ai.apertis.passthrough.limit;

import java.time.Duration;

import ai.apertis.passthrough.RefusedException;

/**
 * What users are told who ask too much at once.
 */
public final class UserRefusal {

	private UserRefusal() {
	}

	/**
	 * Refuse another answer.
	 * @param streams how many the user has under way
	 * @return the refusal
	 */
	public static RefusedException tooManyStreams(long streams) {
		return RefusedException.tooMany("too_many_streams",
				"You have " + streams + " answers under way: please wait for one of them to end",
				Duration.ofSeconds(1));
	}

	/**
	 * Refuse another request.
	 * @param wait when the user may make one
	 * @return the refusal
	 */
	public static RefusedException tooManyRequests(Duration wait) {
		return RefusedException.tooMany("rate_limit_exceeded", "You have sent too many requests: please wait a moment",
				wait);
	}

}
