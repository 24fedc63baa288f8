package ai.apertis.client.error;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when the account behind the API key cannot pay: its quota, balance or
 * subscription is used up.
 */
public class BillingException extends ApertisApiException {

	BillingException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

	@Override
	public boolean isRetryable() {
		return false;
	}

}
