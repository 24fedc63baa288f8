package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when the gateway or the provider behind it has failed. Another attempt, or
 * another model, may succeed.
 */
public class GatewayException extends ApertisApiException {

	GatewayException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
