package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * The gateway or the provider behind it has failed: try later, or another model.
 */
public class GatewayException extends ApertisApiException {

	GatewayException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
