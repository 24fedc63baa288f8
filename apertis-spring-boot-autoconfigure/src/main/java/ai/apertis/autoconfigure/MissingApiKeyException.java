package ai.apertis.autoconfigure;

/**
 * There is no API key to reach the gateway with.
 */
class MissingApiKeyException extends RuntimeException {

	MissingApiKeyException() {
		super("No Apertis API key is configured: set apertis.api-key");
	}

}
