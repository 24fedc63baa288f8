package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * The API key may not use this model or resource.
 */
public class PermissionException extends ApertisApiException {

	PermissionException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
