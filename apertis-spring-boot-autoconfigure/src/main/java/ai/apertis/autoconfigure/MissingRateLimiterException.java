package ai.apertis.autoconfigure;

/**
 * The library that counts requests and tokens is not there.
 */
class MissingRateLimiterException extends RuntimeException {

	MissingRateLimiterException() {
		super("Bucket4j is not on the classpath");
	}

}
