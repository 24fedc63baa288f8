package ai.apertis.client.error;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

import org.springframework.http.HttpHeaders;

/**
 * Too many requests: wait for {@link #retryAfter()}.
 */
public class RateLimitException extends ApertisApiException {

	RateLimitException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(statusCode, error, headers, body);
	}

	/**
	 * Return how many requests the window allows, from {@code X-RateLimit-Limit}.
	 * @return the limit, empty if the gateway told none
	 */
	public OptionalLong limit() {
		return number("X-RateLimit-Limit");
	}

	/**
	 * Return how many requests are left in the window, from
	 * {@code X-RateLimit-Remaining}.
	 * @return the number, empty if the gateway told none
	 */
	public OptionalLong remaining() {
		return number("X-RateLimit-Remaining");
	}

	/**
	 * Return when the window begins anew, from {@code X-RateLimit-Reset} in seconds since
	 * the epoch.
	 * @return the instant, empty if the gateway told none that can be read
	 */
	public Optional<Instant> reset() {
		OptionalLong seconds = number("X-RateLimit-Reset");
		try {
			return seconds.isPresent() ? Optional.of(Instant.ofEpochSecond(seconds.getAsLong())) : Optional.empty();
		}
		catch (DateTimeException ex) {
			// beyond what a date can be: told, but of no use
			return Optional.empty();
		}
	}

	private OptionalLong number(String header) {
		String value = headers().getFirst(header);
		try {
			return (value != null) ? OptionalLong.of(Long.parseLong(value.trim())) : OptionalLong.empty();
		}
		catch (NumberFormatException ex) {
			// some providers send durations in its place
			return OptionalLong.empty();
		}
	}

}
