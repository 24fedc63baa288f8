package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.wire.FinishReasons;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * When silence has lasted too long, in virtual time.
 */
class SilenceWatchTests {

	private static final ApiProtocol PROTOCOL = ChatCompletionsApi.request(null, 1, true, new byte[0]).protocol();

	private static final Duration MINUTE = Duration.ofMinutes(1);

	static Stream<Arguments> idleTimeouts() {
		return Stream.of(arguments(Duration.ofMillis(100)), arguments(Duration.ofMillis(300)),
				arguments(Duration.ofSeconds(2)), arguments(Duration.ofSeconds(6)), arguments(MINUTE));
	}

	@ParameterizedTest
	@MethodSource("idleTimeouts")
	void fallsSilentAfterItsOwnLimit(Duration idle) {
		StreamLimits limits = limits(idle, null);
		StepVerifier.withVirtualTime(() -> watched(limits), 1)
			.expectNextCount(1)
			.thenAwait(MINUTE)
			.thenRequest(1)
			.expectNoEvent(idle.minusMillis(1))
			.thenAwait(Duration.ofMillis(2))
			.expectErrorSatisfies((ex) -> assertThat(((StreamTimeoutException) ex).limit()).isEqualTo(Limit.IDLE))
			.verify(Duration.ofSeconds(20));
	}

	@ParameterizedTest
	@MethodSource("idleTimeouts")
	void missesContentNotMuchLaterThanItsLimit(Duration content) {
		StreamLimits limits = limits(Duration.ofHours(1), content);
		StepVerifier.withVirtualTime(() -> watched(limits), 1)
			.expectNextCount(1)
			.thenRequest(1)
			.thenAwait(content.multipliedBy(5).dividedBy(4))
			.expectErrorSatisfies((ex) -> assertThat(((StreamTimeoutException) ex).limit()).isEqualTo(Limit.CONTENT))
			.verify(Duration.ofSeconds(20));
	}

	@Test
	void leavesTheTimeBeforeTheFirstChunkToTheLimitOfThat() {
		StreamLimits limits = limits(Duration.ofHours(1), Duration.ofMillis(300));
		EventStream events = new EventStream(limits, new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS),
				(text) -> text, StreamListener.NONE);
		StepVerifier.withVirtualTime(() -> over(Flux.never(), limits, events))
			.expectSubscription()
			.expectNoEvent(Duration.ofMinutes(5).minusMillis(1))
			.thenAwait(Duration.ofMillis(2))
			.expectErrorSatisfies(
					(ex) -> assertThat(((StreamTimeoutException) ex).limit()).isEqualTo(Limit.FIRST_CHUNK))
			.verify(Duration.ofSeconds(20));
	}

	/**
	 * Also if whoever reads finds out late that the answer is whole, and requests nothing
	 * any more.
	 */
	@Test
	void waitsOnlyShortlyForWhatMayFollowAWholeAnswer() {
		StreamLimits limits = limits(MINUTE, null);
		EventStream events = new EventStream(limits, new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS),
				(text) -> text, StreamListener.NONE);
		Flux<DataBuffer> body = Flux.concat(Flux.just(buffer("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
				+ "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n")), Flux.never());
		StepVerifier.withVirtualTime(() -> over(body, limits, events).doOnNext(events::append), 2)
			.expectNextCount(1)
			.thenAwait(Duration.ofSeconds(30))
			.then(() -> assertThat(Stream.generate(events::next).takeWhile(Objects::nonNull)).hasSize(2))
			.thenAwait(Duration.ofSeconds(5))
			.expectErrorSatisfies((ex) -> assertThat(((StreamTimeoutException) ex).limit()).isEqualTo(Limit.IDLE))
			.verify(Duration.ofSeconds(20));
	}

	private static StreamLimits limits(Duration idle, @Nullable Duration content) {
		return new StreamLimits(Duration.ofMinutes(5), idle, content, null, 1024, true);
	}

	private static Flux<DataBuffer> watched(StreamLimits limits) {
		EventStream events = new EventStream(limits, new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS),
				(text) -> text, StreamListener.NONE);
		DataBuffer chunk = buffer("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
		Flux<DataBuffer> body = Flux.concat(Flux.just(chunk), Flux.never());
		return over(body, limits, events).doOnNext((buffer) -> {
			events.append(buffer);
			assertThat(events.next()).isNotNull();
		});
	}

	private static DataBuffer buffer(String text) {
		return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	private static Flux<DataBuffer> over(Flux<DataBuffer> body, StreamLimits limits, EventStream events) {
		return new DirectBody(new EventMemory(Long.MAX_VALUE), events::gathered, (line) -> {
			SilenceWatch watch = new SilenceWatch(limits, events, Duration.ZERO);
			line.watchedBy(watch);
			NonStreamResponseReader answer = new NonStreamResponseReader(new HttpHeaders(), new Credentials(() -> ""));
			return watch.over(line.put(body, () -> new ResponseStart(answer, PROTOCOL, limits, watch::begun, () -> {
			})));
		});
	}

}
