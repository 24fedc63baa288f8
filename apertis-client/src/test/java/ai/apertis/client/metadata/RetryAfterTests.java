package ai.apertis.client.metadata;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How long the gateway asks to wait, in all its words.
 */
class RetryAfterTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			2                             |        | PT2S
			0.5                           |        | PT0.5S
			Wed, 21 Oct 2026 07:28:00 GMT |        | PT1M
			2                             | 1500   | PT1.5S
			2                             | odd    | PT2S
			-1                            |        |
			soon                          |        |
			Wed, 21 Oct 2020 07:28:00 GMT |        |
			1e400                         |        | PT8760H
			                              |        |
			""")
	void readsHowLongToWait(String seconds, String millis, Duration expected) {
		HttpHeaders headers = new HttpHeaders();
		headers.set("Retry-After", seconds);
		headers.set("retry-after-ms", millis);
		Clock clock = Clock.fixed(Instant.parse("2026-10-21T07:27:00Z"), ZoneOffset.UTC);
		assertThat(RetryAfter.in(headers, clock).orElse(null)).isEqualTo(expected);
	}

}
