package ai.apertis.passthrough.exchange;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.exchange.ActiveStreams.ActiveStream;
import ai.apertis.passthrough.route.ChatCompletionsRoute;
import ai.apertis.passthrough.route.RequestRules;
import org.junit.jupiter.api.Test;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ActiveStreams}.
 */
class ActiveStreamsTests {

	private static final PassThroughRequest REQUEST = new ChatCompletionsRoute(
			new RequestRules(null, List.of(), null, 1, 10, 100, List.of()))
		.read(new Caller(null, "127.0.0.1", new HttpHeaders()), null,
				"{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_8));

	private final ActiveStreams streams = new ActiveStreams(2);

	@Test
	void refusesMoreThanThereMayBe() {
		ActiveStream first = begin();
		begin();
		assertThatExceptionOfType(RefusedException.class).isThrownBy(this::begin)
			.satisfies((refusal) -> assertThat(refusal.status()).isEqualTo(429));
		assertThat(this.streams.refusal()).isNotNull();
		this.streams.end(first);
		this.streams.end(first);
		assertThat(this.streams.count()).isEqualTo(1);
		assertThat(begin().id()).isNotEqualTo(first.id());
	}

	@Test
	void refusesAllWhileShuttingDownAndAcceptsThemWhenItIsOpenAgain() {
		this.streams.shutDown(Duration.ZERO);
		assertThatExceptionOfType(RefusedException.class).isThrownBy(this::begin)
			.satisfies((refusal) -> assertThat(refusal.status()).isEqualTo(503));
		assertThat(this.streams.count()).isZero();
		this.streams.open();
		assertThat(this.streams.refusal()).isNull();
		assertThat(begin().model()).isEqualTo("m");
	}

	private ActiveStream begin() {
		return this.streams.begin(REQUEST, (reason) -> {
		});
	}

}
