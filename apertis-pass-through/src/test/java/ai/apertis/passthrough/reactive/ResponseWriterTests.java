package ai.apertis.passthrough.reactive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.ResponseHead;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ResponseWriter}.
 */
class ResponseWriterTests {

	private final MockServerHttpResponse response = new MockServerHttpResponse();

	private final AtomicBoolean broken = new AtomicBoolean();

	private final AtomicBoolean told = new AtomicBoolean();

	@Test
	void writesTheHeadAndTheBytesAsTheyCome() {
		StepVerifier.create(write(Flux.just(bytes("data: 1\n\n"), bytes("data: 2\n\n")))).verifyComplete();
		assertThat(this.response.getHeaders().getContentType()).isNotNull()
			.matches((type) -> type.isCompatibleWith(MediaType.TEXT_EVENT_STREAM));
		assertThat(this.response.getHeaders().getFirst("X-Accel-Buffering")).isEqualTo("no");
		assertThat(this.response.getBodyAsString().block()).isEqualTo("data: 1\n\ndata: 2\n\n");
		assertThat(this.told).isFalse();
	}

	@Test
	void answersAFailureBeforeTheFirstBytesWithItsStatus() {
		StepVerifier
			.create(write(Flux.error(() -> RefusedException.tooMany("slow_down", "Slow down", Duration.ofSeconds(7)))))
			.verifyComplete();
		assertThat(this.response.getStatusCode()).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
		assertThat(this.response.getHeaders().getFirst("Retry-After")).isEqualTo("7");
		assertThat(this.response.getHeaders().getContentType()).isEqualTo(MediaType.APPLICATION_JSON);
		assertThat(this.response.getBodyAsString().block()).contains("slow_down");
	}

	@Test
	void breaksABrokenStreamOff() {
		this.broken.set(true);
		StepVerifier.create(write(Flux.just(bytes("data: 1\n\n")))).verifyError(IOException.class);
		assertThat(this.told).isTrue();
	}

	private Mono<Void> write(Flux<DataBuffer> body) {
		StreamedResponse streamed = new StreamedResponse(() -> ResponseHead.ofStream(Map.of()), body,
				new OpenAiErrorFormat(), this.broken::get, Mono.never(), () -> null);
		return ResponseWriter.write(streamed, this.response, () -> this.told.set(true));
	}

	private static DataBuffer bytes(String text) {
		return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

}
