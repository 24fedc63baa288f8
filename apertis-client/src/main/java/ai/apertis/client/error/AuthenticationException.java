package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when the API key is missing, wrong or expired.
 */
public class AuthenticationException extends ApertisApiException {

	AuthenticationException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
