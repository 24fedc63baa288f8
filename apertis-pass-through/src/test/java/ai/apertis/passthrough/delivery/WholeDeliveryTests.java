package ai.apertis.passthrough.delivery;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WholeDelivery}.
 */
class WholeDeliveryTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final int MEGABYTE = 1024 * 1024;

	private static final Duration WRITE_TIMEOUT = Duration.ofMinutes(1);

	private final AtomicReference<StreamedResponse> respond = new AtomicReference<>();

	@Test
	void deliversALargeAnswerInSlices() {
		StepVerifier.create(body(MEGABYTE).map(DataBuffer::readableByteCount).collectList())
			.assertNext((slices) -> assertThat(slices).hasSize(16).containsOnly(64 * 1024))
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.respond.get().broken().getAsBoolean()).isFalse();
		assertThat(this.respond.get().head().get().contentLength()).isEqualTo(MEGABYTE);
	}

	@Test
	void waitsForEachSliceToLeave() {
		Backlog never = Mono::never;
		StepVerifier.create(body(MEGABYTE).contextWrite((context) -> context.put(Backlog.class, never)))
			.expectNextCount(1)
			.expectNoEvent(Duration.ofMillis(100))
			.thenCancel()
			.verify(LIMIT);
	}

	/**
	 * A minute, and sixteen seconds for its megabyte.
	 */
	@Test
	void breaksOffWhatIsTakenTooSlowly() {
		StepVerifier.withVirtualTime(() -> body(MEGABYTE), 1)
			.expectNextCount(1)
			.thenAwait(Duration.ofSeconds(40))
			.thenRequest(1)
			.expectNextCount(1)
			.expectNoEvent(Duration.ofSeconds(35))
			.then(() -> assertThat(this.respond.get().broken().getAsBoolean()).isFalse())
			.thenAwait(Duration.ofSeconds(2))
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.respond.get().broken().getAsBoolean()).isTrue();
	}

	@Test
	void stopsBeforeItIsKnownAndAfter() {
		WholeDelivery delivery = new WholeDelivery(WRITE_TIMEOUT, new OpenAiErrorFormat());
		StepVerifier.create(delivery.stop(RefusedException.of(503, "server_shutdown", "bye")))
			.expectError(RefusedException.class)
			.verify(LIMIT);
		StreamedResponse known = delivery.respond((whole) -> Flux.from(whole.deliver(new byte[1], Map.of())));
		StepVerifier.create(delivery.stop(RefusedException.of(503, "server_shutdown", "bye")))
			.expectComplete()
			.verify(LIMIT);
		assertThat(known.broken().getAsBoolean()).isTrue();
	}

	private Flux<DataBuffer> body(int length) {
		StreamedResponse made = new WholeDelivery(WRITE_TIMEOUT, new OpenAiErrorFormat())
			.respond((delivery) -> Flux.defer(() -> delivery.deliver(new byte[length], Map.of())));
		this.respond.set(made);
		return made.body();
	}

}
