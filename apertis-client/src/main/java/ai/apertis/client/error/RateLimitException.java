package ai.apertis.client.error;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when the gateway has received too many requests. {@link #retryAfter()} is the
 * time to wait.
 */
public class RateLimitException extends ApertisApiException {

	RateLimitException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

	/**
	 * Return how many requests the window allows.
	 * @return the limit, empty if the gateway told none
	 */
	public OptionalLong limit() {
		return metadata().rateLimit();
	}

	/**
	 * Return how many requests are left in the window.
	 * @return the number, empty if the gateway told none
	 */
	public OptionalLong remaining() {
		return metadata().rateLimitRemaining();
	}

	/**
	 * Return when the window begins anew.
	 * @return the instant, empty if the gateway told none that can be read
	 */
	public Optional<Instant> reset() {
		return metadata().rateLimitReset();
	}

}
