package ai.apertis.autoconfigure.passthrough;

/**
 * Thrown when streams are to be stored in Redis, and there is no connection to it.
 */
class MissingRedisException extends RuntimeException {

	MissingRedisException() {
		super("There is no ReactiveRedisConnectionFactory");
	}

}
