package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * The request cannot be answered as it is: change it.
 */
public class InvalidRequestException extends ApertisApiException {

	InvalidRequestException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

}
