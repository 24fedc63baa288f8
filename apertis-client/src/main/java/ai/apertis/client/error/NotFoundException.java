package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when there is no such model or endpoint.
 */
public class NotFoundException extends ApertisApiException {

	NotFoundException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
