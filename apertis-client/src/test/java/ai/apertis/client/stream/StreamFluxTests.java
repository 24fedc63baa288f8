package ai.apertis.client.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.sse.Event;
import ai.apertis.client.wire.FinishReasons;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the elements of a stream are delivered, and how the stream ends.
 */
class StreamFluxTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private static final String FINISH = "data: {\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1}}\n\n";

	private final List<String> ended = new ArrayList<>();

	private final NettyDataBufferFactory buffers = new NettyDataBufferFactory(new UnpooledByteBufAllocator(true));

	/** All of them must be released in whatever ending. */
	private final List<ByteBuf> made = new ArrayList<>();

	@AfterEach
	void releasesEachBuffer() {
		assertThat(this.made).isNotEmpty().allSatisfy((buffer) -> assertThat(buffer.refCnt()).isZero());
	}

	@Test
	void requestsTheNextBufferOnlyWhenAllOfTheLastHasBeenTaken() {
		TestPublisher<DataBuffer> body = TestPublisher.create();
		StepVerifier.create(elements(body.flux()), 0)
			.then(() -> body.assertMinRequested(0))
			.thenRequest(1)
			.then(() -> body.assertMinRequested(1))
			.then(() -> body.next(buffer(chunk("a") + chunk("b") + chunk("c"))))
			.expectNextCount(1)
			.then(() -> body.assertMaxRequested(1))
			.thenRequest(2)
			.expectNextCount(2)
			.then(() -> body.assertMaxRequested(1))
			.thenRequest(1)
			.then(() -> body.assertMinRequested(1))
			.then(() -> body.next(buffer(FINISH)))
			.expectNextCount(1)
			.then(body::complete)
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.ended).containsExactly("completed");
	}

	@Test
	void deliversWhatCameBeforeAFailureToASlowConsumer() {
		Flux<DataBuffer> body = Flux.concat(Flux.just(buffer(chunk("a") + chunk("b"))),
				Flux.error(new IOException("connection reset")));
		StepVerifier.create(elements(body), 0)
			.thenRequest(1)
			.expectNextCount(1)
			.thenRequest(1)
			.expectNextCount(1)
			.thenRequest(1)
			.expectError(StreamInterruptedException.class)
			.verify(LIMIT);
		assertThat(this.ended).containsExactly("interrupted");
	}

	@Test
	void endsAtTheDoneMarkerAndLetsTheBodyEnd() {
		TestPublisher<DataBuffer> body = TestPublisher.create();
		StepVerifier.create(elements(body.flux()))
			.then(() -> body.next(buffer(chunk("a") + FINISH + "data: [DONE]\n\n" + chunk("late"))))
			.expectNextCount(3)
			.expectComplete()
			.verify(LIMIT);
		body.assertNotCancelled();
		body.complete();
		assertThat(this.ended).containsExactly("completed");
	}

	@Test
	void closesABodyThatGoesOnAfterTheDoneMarker() {
		TestPublisher<DataBuffer> body = TestPublisher.create();
		StepVerifier.create(elements(body.flux()))
			.then(() -> body.next(buffer(FINISH + "data: [DONE]\n\n")))
			.expectNextCount(2)
			.expectComplete()
			.verify(LIMIT);
		body.next(buffer(chunk("late")));
		body.assertCancelled();
		assertThat(this.ended).containsExactly("completed");
	}

	@Test
	void completesWithoutDemandOnceAllHasBeenTaken() {
		StepVerifier.create(elements(Flux.just(buffer(FINISH + "data: [DONE]\n\n"))), 2)
			.expectNextCount(2)
			.expectComplete()
			.verify(LIMIT);
	}

	@Test
	void completesWhenTheConnectionBreaksAfterTheAnswerIsWhole() {
		Flux<DataBuffer> body = Flux.concat(Flux.just(buffer(FINISH)), Flux.error(new IOException("reset")));
		StepVerifier.create(elements(body)).expectNextCount(1).expectComplete().verify(LIMIT);
		assertThat(this.ended).containsExactly("completed");
	}

	@Test
	void closesTheBodyWhenCancelled() {
		TestPublisher<DataBuffer> body = TestPublisher.create();
		StepVerifier.create(elements(body.flux()))
			.then(() -> body.next(buffer(chunk("a"))))
			.expectNextCount(1)
			.thenCancel()
			.verify(LIMIT);
		body.assertCancelled();
		assertThat(this.ended).containsExactly("cancelled");
	}

	@Test
	void deliversNothingMoreAfterACancelFromWithin() {
		StepVerifier.create(elements(Flux.just(buffer(chunk("a") + chunk("b") + FINISH))).take(1))
			.expectNextCount(1)
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.ended).containsExactly("cancelled");
	}

	@Test
	void failsWhenTheReaderFails() {
		TestPublisher<DataBuffer> body = TestPublisher.create();
		EventStream events = events();
		StepVerifier.create(new StreamFlux<>(body.flux(), events, (stream) -> {
			if (stream.next() != null) {
				throw new IllegalStateException("a fault of the reader");
			}
			return null;
		}))
			.then(() -> body.next(buffer(chunk("a"))))
			.expectErrorSatisfies((ex) -> assertThat(ex).isInstanceOf(ApertisException.class)
				.hasRootCauseMessage("a fault of the reader"))
			.verify(LIMIT);
		body.assertCancelled();
		assertThat(this.ended).containsExactly("failed");
	}

	@Test
	void aFaultOfTheReaderAtTheEndIsNoCompletion() {
		TestPublisher<DataBuffer> body = TestPublisher.create();
		StepVerifier.create(new StreamFlux<>(body.flux(), events(), (stream) -> {
			if (stream.next() == null && stream.outcome() != null) {
				throw new IllegalStateException("a fault of the reader");
			}
			return null;
		}))
			.then(() -> body.next(buffer(chunk("a") + FINISH)))
			.then(body::complete)
			.expectErrorMessage("a fault of the reader")
			.verify(LIMIT);
		assertThat(this.ended).containsExactly("completed");
	}

	@Test
	void releasesABufferThatIsHandedOnWhenItIsNotWantedAnyMore() {
		DataBuffer buffer = buffer(chunk("a"));
		StreamReader<DataBuffer> relay = new StreamReader<>() {

			@Override
			public @Nullable DataBuffer next(EventStream events) {
				return null;
			}

			@Override
			public @Nullable DataBuffer next(EventStream events, DataBuffer buffer) {
				return (events.next() != null) ? buffer : null;
			}

			@Override
			public void discard(DataBuffer element, Context context) {
				DataBufferUtils.release(element);
			}

		};
		Flux<DataBuffer> eager = new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
				actual.onSubscribe(Operators.emptySubscription());
				actual.onNext(buffer);
			}

		};
		StepVerifier.create(new StreamFlux<>(eager, events(), relay), 0).thenCancel().verify(LIMIT);
		assertThat(this.ended).containsExactly("cancelled");
	}

	private Flux<Event> elements(Flux<DataBuffer> body) {
		return new StreamFlux<>(body, events(), EventStream::next);
	}

	private EventStream events() {
		return new EventStream(StreamLimits.DEFAULTS, new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS),
				(text) -> text, new StreamListener() {

					@Override
					public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
						StreamFluxTests.this.ended.add(outcome.value());
					}

				});
	}

	private static String chunk(String content) {
		return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + content + "\"}}]}\n\n";
	}

	private DataBuffer buffer(String text) {
		NettyDataBuffer buffer = this.buffers.allocateBuffer(256);
		buffer.write(text, StandardCharsets.UTF_8);
		this.made.add(buffer.getNativeBuffer());
		return buffer;
	}

}
