package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when the API key may not use the model or resource.
 */
public class PermissionException extends ApertisApiException {

	PermissionException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
