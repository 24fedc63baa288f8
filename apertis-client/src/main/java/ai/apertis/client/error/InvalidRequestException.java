package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when the gateway rejects the request as invalid.
 */
public class InvalidRequestException extends ApertisApiException {

	InvalidRequestException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
