package ai.apertis.client.metadata;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * Reads the delay that the gateway requests: {@code retry-after-ms} first, else {@code
 * Retry-After} as seconds or as a date. Negative or unreadable values count as absent.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#name-retry-after">RFC 9110
 * 10.2.3</a>
 */
final class RetryAfter {

	private static final BigDecimal MILLIS = BigDecimal.valueOf(1000);

	private static final BigDecimal MAX = BigDecimal.valueOf(Duration.ofDays(365).toMillis());

	private RetryAfter() {
	}

	static Optional<Duration> in(HttpHeaders headers, Clock clock) {
		Duration wait = millis(headers.getFirst("retry-after-ms"), BigDecimal.ONE);
		String retryAfter = headers.getFirst(HttpHeaders.RETRY_AFTER);
		if (wait == null) {
			wait = millis(retryAfter, MILLIS);
		}
		if (wait == null) {
			wait = untilDate(retryAfter, clock);
		}
		return Optional.ofNullable(wait).filter((duration) -> !duration.isNegative());
	}

	private static @Nullable Duration millis(@Nullable String value, BigDecimal unit) {
		if (value == null) {
			return null;
		}
		try {
			return Duration.ofMillis(new BigDecimal(value.trim()).multiply(unit).min(MAX).longValue());
		}
		catch (NumberFormatException ex) {
			// not a number: a date, or nothing that can be read
			return null;
		}
	}

	private static @Nullable Duration untilDate(@Nullable String value, Clock clock) {
		if (value == null) {
			return null;
		}
		try {
			ZonedDateTime date = ZonedDateTime.parse(value.trim(), DateTimeFormatter.RFC_1123_DATE_TIME);
			return Duration.between(clock.instant(), date.toInstant());
		}
		catch (DateTimeException ex) {
			// not a date either
			return null;
		}
	}

}
