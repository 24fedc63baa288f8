package ai.apertis.autoconfigure.passthrough;

import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.resume.StreamStore;

/**
 * Thrown when something is to be kept in Redis, and there is no connection to it.
 */
class MissingRedisException extends RuntimeException {

	private final String property;

	private final Class<?> alternative;

	private MissingRedisException(String property, Class<?> alternative) {
		super("There is no ReactiveRedisConnectionFactory");
		this.property = property;
		this.alternative = alternative;
	}

	/**
	 * Streams are to be kept there.
	 */
	static MissingRedisException forStreams() {
		return new MissingRedisException("apertis.pass-through.resume.store", StreamStore.class);
	}

	/**
	 * Limits are to be kept there.
	 */
	static MissingRedisException forLimits() {
		return new MissingRedisException("apertis.pass-through.budget.store", UserLimits.class);
	}

	/**
	 * Return the property that says so.
	 */
	String property() {
		return this.property;
	}

	/**
	 * Return the type of the bean that keeps it elsewhere.
	 */
	Class<?> alternative() {
		return this.alternative;
	}

}
