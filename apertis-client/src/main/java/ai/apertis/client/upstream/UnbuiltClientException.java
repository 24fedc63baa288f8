package ai.apertis.client.upstream;

import ai.apertis.client.error.ConnectionException;

/**
 * Thrown when the HTTP client cannot be built.
 */
final class UnbuiltClientException extends ConnectionException {

	UnbuiltClientException(Throwable cause) {
		super("The HTTP client for the gateway cannot be built (" + cause.getClass().getSimpleName()
				+ "): see the application's customizers of it", cause);
	}

}
