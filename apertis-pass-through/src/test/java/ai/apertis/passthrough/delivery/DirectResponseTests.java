package ai.apertis.passthrough.delivery;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DirectResponse}.
 */
class DirectResponseTests {

	private final TestPublisher<DataBuffer> delivery = TestPublisher.create();

	private final List<String> seen = new ArrayList<>();

	@Test
	void hasNoByteSeenByTheOperatorsOfTheExchange() {
		StepVerifier.create(response(Mono.empty()).map(DirectResponseTests::text), 1)
			.then(() -> this.delivery.next(bytes("a")))
			.expectNext("a")
			.then(() -> this.delivery.assertMaxRequested(1))
			.thenRequest(1)
			.then(() -> this.delivery.next(bytes("b")))
			.expectNext("b")
			.then(this.delivery::complete)
			.verifyComplete();
		assertThat(this.seen).containsExactly("complete", "released");
	}

	@Test
	void requestsWhatWasRequestedBeforeTheDeliveryBegan() {
		Sinks.Empty<Void> admitted = Sinks.empty();
		StepVerifier.create(response(admitted.asMono()).map(DirectResponseTests::text), 2)
			.then(() -> this.delivery.assertWasNotSubscribed())
			.then(admitted::tryEmitEmpty)
			.then(() -> this.delivery.assertMinRequested(2))
			.then(() -> this.delivery.next(bytes("a"), bytes("b")).complete())
			.expectNext("a", "b")
			.verifyComplete();
	}

	@Test
	void failsAsTheDeliveryOrTheExchangeDoes() {
		StepVerifier.create(response(Mono.empty()))
			.then(() -> this.delivery.error(new IllegalStateException("delivery")))
			.verifyErrorMessage("delivery");
		assertThat(this.seen).containsExactly("delivery", "released");
		StepVerifier.create(response(Mono.error(new IllegalStateException("refused")))).verifyErrorMessage("refused");
	}

	@Test
	void cancelsTheDeliveryThroughTheExchange() {
		StepVerifier.create(response(Mono.empty()))
			.then(() -> this.delivery.assertSubscribers(1))
			.thenCancel()
			.verify();
		this.delivery.assertCancelled();
		assertThat(this.seen).containsExactly("cancel", "released");
	}

	@Test
	void beginsNoDeliveryForWhoHasGoneBefore() {
		StepVerifier.create(response(Mono.never())).thenCancel().verify();
		this.delivery.assertWasNotSubscribed();
	}

	@Test
	void givesTheDeliveryTheContextOfTheExchange() {
		Flux<DataBuffer> named = Flux
			.deferContextual((context) -> Flux.just(bytes(context.get("exchange") + ", " + context.get("server"))));
		StepVerifier
			.create(new DirectResponse(
					(passage) -> passage.put(named).contextWrite((context) -> context.put("exchange", "call")))
				.contextWrite((context) -> context.put("server", "netty"))
				.map(DirectResponseTests::text))
			.expectNext("call, netty")
			.verifyComplete();
	}

	private DirectResponse response(Mono<Void> admitted) {
		return new DirectResponse((passage) -> Flux.usingWhen(admitted.thenReturn("permit"),
				(permit) -> passage.put(this.delivery.flux())
					.doOnNext((nothing) -> this.seen.add("bytes"))
					.doOnComplete(() -> this.seen.add("complete"))
					.doOnError((failure) -> this.seen.add(failure.getMessage()))
					.doOnCancel(() -> this.seen.add("cancel")),
				(permit) -> Mono.fromRunnable(() -> this.seen.add("released"))));
	}

	private static DataBuffer bytes(String text) {
		return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	private static String text(DataBuffer bytes) {
		return bytes.toString(StandardCharsets.UTF_8);
	}

}
