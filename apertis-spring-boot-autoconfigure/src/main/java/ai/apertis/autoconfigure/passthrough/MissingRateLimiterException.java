package ai.apertis.autoconfigure.passthrough;

/**
 * The library that counts requests and tokens is not there.
 */
class MissingRateLimiterException extends RuntimeException {

	MissingRateLimiterException() {
		super("Bucket4j is not on the classpath");
	}

}
