package ai.apertis.passthrough.delivery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import ai.apertis.passthrough.format.VerbatimFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Delivery}.
 */
class DeliveryTests {

	private static final String HEARTBEAT = ": keep-alive\n";

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final List<String> heard = new ArrayList<>();

	private final PassThroughEvents listener = new PassThroughEvents() {

		@Override
		public void heartbeat() {
			DeliveryTests.this.heard.add("heartbeat");
		}

		@Override
		public void disconnected(boolean draining) {
			DeliveryTests.this.heard.add(draining ? "draining" : "gone");
		}

	};

	private final NettyDataBufferFactory buffers = new NettyDataBufferFactory(new UnpooledByteBufAllocator(true));

	/** All of them must be released in whatever ending. */
	private final List<ByteBuf> made = new ArrayList<>();

	private final TestPublisher<DataBuffer> events = TestPublisher.create();

	@AfterEach
	void releasesEachBuffer() {
		assertThat(this.made).allSatisfy((buffer) -> assertThat(buffer.refCnt()).isZero());
	}

	@Test
	void requestsTheNextEventWhenTheLastWasTaken() {
		StepVerifier.create(delivery(DrainLimits.none()).map(DeliveryTests::text), 0)
			.then(() -> assertThat(this.events.wasRequested()).isFalse())
			.thenRequest(1)
			.then(() -> this.events.next(bytes("a")))
			.expectNext("a")
			.then(() -> this.events.assertMaxRequested(1))
			.thenRequest(1)
			.then(() -> this.events.next(bytes("b")).complete())
			.expectNext("b")
			.verifyComplete();
	}

	@Test
	void givesSignsOfLifeInSilenceOnly() {
		StepVerifier.withVirtualTime(() -> delivery(DrainLimits.none()).map(DeliveryTests::text))
			.expectSubscription()
			.expectNoEvent(Duration.ofSeconds(3).minusMillis(1))
			.thenAwait(Duration.ofMillis(1))
			.expectNext(HEARTBEAT)
			.thenAwait(Duration.ofSeconds(15))
			.expectNext(HEARTBEAT)
			.thenAwait(Duration.ofSeconds(10))
			.then(() -> this.events.next(bytes("a")))
			.expectNext("a")
			.expectNoEvent(Duration.ofSeconds(14))
			.thenAwait(SECOND)
			.expectNext(HEARTBEAT)
			.then(this.events::complete)
			.verifyComplete();
		assertThat(this.heard).containsExactly("heartbeat", "heartbeat", "heartbeat");
	}

	@Test
	void failsWithItsFailureBeforeAnythingWasDelivered() {
		StreamInterruptedException failure = new StreamInterruptedException("cut", null);
		Delivery delivery = delivery(DrainLimits.none());
		StepVerifier.create(delivery)
			.then(() -> this.events.error(failure))
			.verifyErrorSatisfies((ex) -> assertThat(ex).isSameAs(failure));
		assertThat(delivery.isBroken()).isFalse();
	}

	@Test
	void tellsOfAFailureByAnEventOnceSomethingWasDelivered() {
		Delivery delivery = delivery(DrainLimits.none());
		StepVerifier.create(delivery.map(DeliveryTests::text))
			.then(() -> this.events.next(bytes("a")).error(new StreamInterruptedException("cut", null)))
			.expectNext("a")
			.assertNext((event) -> assertThat(event).contains("stream_interrupted"))
			.verifyComplete();
		assertThat(delivery.isBroken()).isTrue();
	}

	@Test
	void tellsOfAFailureOnlyWhenTheClientTakesMore() {
		Delivery delivery = delivery(DrainLimits.none());
		StepVerifier.create(delivery.map(DeliveryTests::text), 1)
			.then(() -> this.events.next(bytes("a")).error(new StreamInterruptedException("cut", null)))
			.expectNext("a")
			.thenRequest(1)
			.assertNext((event) -> assertThat(event).contains("stream_interrupted"))
			.verifyComplete();
	}

	@Test
	void endsWhenItIsStopped() {
		Delivery delivery = delivery(DrainLimits.none());
		StepVerifier.create(delivery.map(DeliveryTests::text))
			.then(() -> this.events.next(bytes("a")))
			.expectNext("a")
			.then(() -> delivery.stop(RefusedException.of(503, "server_shutdown", "bye")))
			.assertNext((event) -> assertThat(event).contains("server_shutdown"))
			.verifyComplete();
		assertThat(this.events.wasCancelled()).isTrue();
		assertThat(delivery.isBroken()).isTrue();
		StepVerifier.create(delivery.ended()).verifyComplete();
	}

	@Test
	void closesTheStreamWhenTheClientHangsUp() {
		Delivery delivery = delivery(DrainLimits.none());
		StepVerifier.create(delivery.map(DeliveryTests::text))
			.then(() -> this.events.next(bytes("a")))
			.expectNextCount(1)
			.thenCancel()
			.verify();
		assertThat(this.events.wasCancelled()).isTrue();
		assertThat(this.heard).containsExactly("gone");
		StepVerifier.create(delivery.ended()).verifyComplete();
	}

	@Test
	void readsOnWithinItsLimitsWhenTheClientHangsUp() {
		DrainLimits limits = new DrainLimits(1, SECOND);
		Delivery delivery = delivery(limits);
		StepVerifier.create(delivery.map(DeliveryTests::text))
			.then(() -> this.events.next(bytes("a")))
			.expectNextCount(1)
			.thenCancel()
			.verify();
		assertThat(this.events.wasCancelled()).isFalse();
		assertThat(this.heard).containsExactly("abandoned", "draining");
		assertThat(limits.begin(true)).isFalse();
		this.events.next(bytes("b"), bytes("c")).complete();
		StepVerifier.create(delivery.ended()).verifyComplete();
		assertThat(limits.begin(true)).isTrue();
	}

	@Test
	void readsOnFromTheBeginningForThoseWhoComeBack() {
		Delivery delivery = delivery(DrainLimits.detached(1, SECOND));
		StepVerifier.create(delivery).thenCancel().verify();
		assertThat(this.events.wasCancelled()).isFalse();
		this.events.next(bytes("a")).complete();
		StepVerifier.create(delivery.ended()).verifyComplete();
		assertThat(this.heard).containsExactly("abandoned", "draining");
	}

	@Test
	void readsOnForNoLongerThanItMay() {
		DrainLimits limits = new DrainLimits(1, SECOND);
		StepVerifier.withVirtualTime(() -> {
			Delivery delivery = delivery(limits);
			return delivery.map(DeliveryTests::text).take(1).then(delivery.ended());
		}).then(() -> this.events.next(bytes("a"))).thenAwait(SECOND).verifyComplete();
		assertThat(this.events.wasCancelled()).isTrue();
		assertThat(limits.begin(true)).isTrue();
	}

	@Test
	void cutsAClientThatTakesNothing() {
		Delivery[] delivery = new Delivery[1];
		StepVerifier.withVirtualTime(() -> {
			delivery[0] = delivery(DrainLimits.none());
			delivery[0].subscribe(new Idle());
			return delivery[0].stalled();
		}).expectSubscription().thenAwait(Duration.ofMinutes(2)).verifyComplete();
		assertThat(this.events.wasCancelled()).isTrue();
	}

	@Test
	void leavesAClientThatTakesNothingToWhoeverHasALimitOfItsOwn() {
		StepVerifier.withVirtualTime(() -> {
			Delivery delivery = delivery(DrainLimits.none());
			delivery.subscribe(new Idle());
			return delivery.ended();
		}).expectSubscription().expectNoEvent(Duration.ofMinutes(10)).thenCancel().verify();
		assertThat(this.events.wasCancelled()).isFalse();
	}

	@Test
	void passesALargeEventInSlicesThatWaitForTheOneBefore() {
		byte[] large = new byte[150 * 1024];
		List<Sinks.Empty<Void>> slices = new ArrayList<>();
		Backlog backlog = () -> {
			Sinks.Empty<Void> cleared = Sinks.empty();
			slices.add(cleared);
			return cleared.asMono();
		};
		Flux<Integer> sizes = delivery(DrainLimits.none()).map(DeliveryTests::length)
			.contextWrite((context) -> context.put(Backlog.class, backlog));
		StepVerifier.create(sizes)
			.then(() -> this.events.next(buffer(large)))
			.expectNext(64 * 1024)
			.then(() -> assertThat(slices).hasSize(1))
			.then(() -> slices.get(0).tryEmitEmpty())
			.expectNext(64 * 1024)
			.then(() -> slices.get(1).tryEmitEmpty())
			.expectNext(22 * 1024)
			.then(this.events::complete)
			.verifyComplete();
	}

	@Test
	void releasesTheRestOfALargeEventWhenTheClientHangsUp() {
		Backlog backlog = Mono::never;
		StepVerifier
			.create(delivery(DrainLimits.none()).map(DeliveryTests::length)
				.contextWrite((context) -> context.put(Backlog.class, backlog)))
			.then(() -> this.events.next(buffer(new byte[150 * 1024])))
			.expectNext(64 * 1024)
			.thenCancel()
			.verify();
	}

	@Test
	void releasesWhatComesTooLate() {
		List<CoreSubscriber<? super DataBuffer>> source = new ArrayList<>();
		Flux<DataBuffer> late = new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
				source.add(actual);
				actual.onSubscribe(Operators.emptySubscription());
			}

		};
		StepVerifier.create(delivery(late, DrainLimits.none())).thenCancel().verify();
		source.get(0).onNext(bytes("a"));
		StepVerifier.create(delivery(late, new DrainLimits(1, SECOND)).map(DeliveryTests::text))
			.then(() -> source.get(1).onNext(bytes("a")))
			.expectNext("a")
			.thenCancel()
			.verify();
		source.get(1).onNext(bytes("b"));
		source.get(1).onComplete();
		assertThat(this.made).hasSize(3);
	}

	private Delivery delivery(DrainLimits limits) {
		return delivery(this.events.flux(), limits);
	}

	private Delivery delivery(Flux<DataBuffer> events, DrainLimits limits) {
		DeliverySettings settings = new DeliverySettings(new Heartbeat(Duration.ofSeconds(3), Duration.ofSeconds(15)),
				limits, Duration.ofMinutes(1));
		return new Delivery(events, new VerbatimFormat(false, "", new OpenAiErrorFormat()), settings, this.listener,
				() -> new HangUp(limits, () -> this.heard.add("abandoned")));
	}

	private DataBuffer bytes(String text) {
		return buffer(text.getBytes(StandardCharsets.UTF_8));
	}

	private DataBuffer buffer(byte[] bytes) {
		NettyDataBuffer buffer = this.buffers.allocateBuffer(bytes.length);
		buffer.write(bytes);
		this.made.add(buffer.getNativeBuffer());
		return buffer;
	}

	private static String text(DataBuffer bytes) {
		String text = bytes.toString(StandardCharsets.UTF_8);
		DataBufferUtils.release(bytes);
		return text;
	}

	private static int length(DataBuffer bytes) {
		int length = bytes.readableByteCount();
		DataBufferUtils.release(bytes);
		return length;
	}

	/**
	 * Never requests anything.
	 */
	private static final class Idle extends BaseSubscriber<DataBuffer> {

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			// that is the point
		}

	}

}
