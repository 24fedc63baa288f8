package ai.apertis.autoconfigure.passthrough;

/**
 * Thrown when the library that counts requests and tokens is missing.
 */
class MissingRateLimiterException extends RuntimeException {

	MissingRateLimiterException() {
		super("Bucket4j is not on the classpath");
	}

}
