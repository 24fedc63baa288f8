package ai.apertis.client.metadata;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

import org.springframework.http.HttpHeaders;

/**
 * Metadata from the headers of a response. Values that the gateway did not send, or sent
 * in an unreadable form, are empty.
 *
 * @param headers the headers, read-only
 */
public record ResponseMetadata(HttpHeaders headers) {

	public ResponseMetadata {
		headers = HttpHeaders.readOnlyHttpHeaders(headers);
	}

	/**
	 * Return the id under which the gateway knows the request.
	 * @return the id
	 */
	public Optional<String> requestId() {
		return Optional.ofNullable(RequestId.in(this.headers));
	}

	/**
	 * Return the model that answered and is billed, from {@code X-Actual-Model}.
	 * @return the model's id
	 */
	public Optional<String> actualModel() {
		return header("X-Actual-Model");
	}

	/**
	 * Return whether another model than the requested one answered, from
	 * {@code X-Fallback-Used}.
	 * @return whether a fallback was used
	 */
	public boolean isFallbackUsed() {
		return header("X-Fallback-Used").filter("true"::equalsIgnoreCase).isPresent();
	}

	/**
	 * Return the requested model that did not answer, from {@code X-Fallback-From}.
	 * @return the model's id
	 */
	public Optional<String> fallbackFrom() {
		return header("X-Fallback-From");
	}

	/**
	 * Return why another model answered, from {@code X-Fallback-Reason}.
	 * @return the reason
	 */
	public Optional<String> fallbackReason() {
		return header("X-Fallback-Reason");
	}

	/**
	 * Return how the gateway's web search went, from {@code X-Web-Search-Status}:
	 * {@code success}, {@code failed} or {@code no_results}.
	 * @return the status
	 */
	public Optional<String> webSearchStatus() {
		return header("X-Web-Search-Status");
	}

	/**
	 * Return how many results the gateway's web search had, from
	 * {@code X-Web-Search-Count}.
	 * @return the number
	 */
	public OptionalLong webSearchCount() {
		return number("X-Web-Search-Count");
	}

	/**
	 * Return how many requests the window allows, from {@code X-RateLimit-Limit}.
	 * @return the limit
	 */
	public OptionalLong rateLimit() {
		return number("X-RateLimit-Limit");
	}

	/**
	 * Return how many requests are left in the window, from
	 * {@code X-RateLimit-Remaining}.
	 * @return the number
	 */
	public OptionalLong rateLimitRemaining() {
		return number("X-RateLimit-Remaining");
	}

	/**
	 * Return when the window begins anew, from {@code X-RateLimit-Reset} in seconds since
	 * the epoch.
	 * @return the instant
	 */
	public Optional<Instant> rateLimitReset() {
		OptionalLong seconds = number("X-RateLimit-Reset");
		try {
			return seconds.isPresent() ? Optional.of(Instant.ofEpochSecond(seconds.getAsLong())) : Optional.empty();
		}
		catch (DateTimeException ex) {
			// beyond what a date can be: told, but of no use
			return Optional.empty();
		}
	}

	/**
	 * Return how long the gateway asks to wait before the next attempt.
	 * @return the time from now
	 */
	public Optional<Duration> retryAfter() {
		return RetryAfter.in(this.headers, Clock.systemUTC());
	}

	private Optional<String> header(String name) {
		return Optional.ofNullable(this.headers.getFirst(name)).filter((value) -> !value.isBlank());
	}

	private OptionalLong number(String name) {
		try {
			return header(name).map((value) -> OptionalLong.of(Long.parseLong(value.strip())))
				.orElse(OptionalLong.empty());
		}
		catch (NumberFormatException ex) {
			// some providers send durations in its place
			return OptionalLong.empty();
		}
	}

}
