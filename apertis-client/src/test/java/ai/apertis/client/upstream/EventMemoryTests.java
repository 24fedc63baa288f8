package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import ai.apertis.client.error.Setting;
import ai.apertis.client.ApertisClient;
import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.connection.ConnectionPool;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.scheduler.VirtualTimeScheduler;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EventMemory}.
 */
class EventMemoryTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final int MEGABYTE = 1024 * 1024;

	private static final Runnable NEVER = () -> {
		throw new AssertionError("There was room");
	};

	private final EventMemory memory = new EventMemory(MEGABYTE);

	@Test
	void keepsNoAccountOfWhatIsSmall() {
		EventMemory.Share share = this.memory.share();
		assertThat(share.take(EventMemory.SMALL, NEVER)).isTrue();
		assertThat(this.memory.taken()).isZero();
	}

	@Test
	void letsOneGoBeyondAndTheOthersWait() throws Exception {
		EventMemory.Share first = this.memory.share();
		EventMemory.Share second = this.memory.share();
		EventMemory.Share third = this.memory.share();
		CountDownLatch room = new CountDownLatch(2);
		assertThat(first.take(MEGABYTE, NEVER)).isTrue();
		assertThat(second.take(MEGABYTE, NEVER)).isTrue();
		assertThat(second.take(2 * MEGABYTE, NEVER)).isTrue();
		assertThat(first.take(MEGABYTE + 1, room::countDown)).isFalse();
		assertThat(third.take(MEGABYTE, room::countDown)).isFalse();
		assertThat(this.memory.taken()).isEqualTo(3 * MEGABYTE);
		second.take(0, NEVER);
		assertThat(room.await(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void asksAgainWhoeverWaitsWhenTheFirstHasGone() throws Exception {
		EventMemory.Share first = this.memory.share();
		EventMemory.Share second = this.memory.share();
		EventMemory.Share gone = this.memory.share();
		EventMemory.Share waiting = this.memory.share();
		CountDownLatch room = new CountDownLatch(1);
		first.take(MEGABYTE, NEVER);
		second.take(MEGABYTE, NEVER);
		assertThat(gone.take(MEGABYTE, NEVER)).isFalse();
		assertThat(waiting.take(MEGABYTE, room::countDown)).isFalse();
		gone.close();
		first.close();
		assertThat(room.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(waiting.take(MEGABYTE, () -> {
		})).isFalse();
		second.close();
		assertThat(waiting.take(MEGABYTE, NEVER)).isTrue();
		assertThat(gone.take(MEGABYTE, NEVER)).isTrue();
		waiting.close();
		assertThat(this.memory.taken()).isZero();
	}

	@Test
	void letsAnotherGoBeyondIfTheFirstStandsStill() {
		VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
		try {
			AtomicInteger asked = new AtomicInteger();
			this.memory.share().take(MEGABYTE, NEVER);
			this.memory.share().take(MEGABYTE, NEVER);
			EventMemory.Share waiting = this.memory.share();
			assertThat(waiting.take(MEGABYTE, asked::incrementAndGet)).isFalse();
			EventMemory.Share gone = this.memory.share();
			assertThat(gone.take(MEGABYTE, NEVER)).isFalse();
			gone.reset();
			time.advanceTimeBy(Duration.ofSeconds(29));
			assertThat(asked).hasValue(0);
			time.advanceTimeBy(Duration.ofSeconds(2));
			assertThat(asked).hasValue(1);
			assertThat(waiting.take(MEGABYTE, NEVER)).isTrue();
			assertThat(this.memory.taken()).isEqualTo(3 * MEGABYTE);
		}
		finally {
			VirtualTimeScheduler.reset();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void waitingForRoomIsNoSilenceOfTheGateway(boolean streamed) {
		Duration idle = Duration.ofSeconds(1);
		EventMemory.Share first = this.memory.share();
		EventMemory.Share second = this.memory.share();
		first.take(MEGABYTE, NEVER);
		second.take(MEGABYTE, NEVER);
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ConnectionPool pool = new ConnectionPool("test", ConnectionLimits.DEFAULTS)) {
			gateway.replyWith(streamed ? Reply.stream().content(event('a'), event('b')).finish("stop").done()
					: Reply.completion(event('a') + event('b'), 1, 2));
			ApertisClient apertis = client(gateway, pool, new StreamLimits(idle, idle, null, null, 8 * MEGABYTE, true));
			CompletableFuture<ChatCompletion> answer = (streamed ? apertis.chat("hi").completion()
					: apertis.chat("hi").call())
				.toFuture();
			Awaitility.await().atMost(LIMIT).until(() -> gateway.requests().size() == 1);
			Awaitility.await().pollDelay(idle.multipliedBy(2)).until(() -> true);
			assertThat(answer).isNotDone();
			first.close();
			second.close();
			assertThat(answer).succeedsWithin(LIMIT)
				.satisfies((whole) -> assertThat(whole.content()).hasSize(2 * MEGABYTE));
			assertThat(gateway.requests()).hasSize(1);
		}
		Awaitility.await().atMost(LIMIT).until(() -> this.memory.taken() == 0);
	}

	@Test
	void manyLargeEventsComeOneAfterTheOther() {
		assertAllCome(Reply.stream().content(event('a'), event('b')).finish("stop").usage(1, 2).done(), true);
	}

	@Test
	void manyLargeAnswersComeOneAfterTheOther() {
		assertAllCome(Reply.completion(event('a') + event('b'), 1, 2), false);
	}

	private static String event(char filling) {
		return String.join("", Collections.nCopies(MEGABYTE, String.valueOf(filling)));
	}

	private void assertAllCome(Reply reply, boolean streamed) {
		int calls = 24;
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ConnectionPool pool = new ConnectionPool("test", ConnectionLimits.DEFAULTS)) {
			gateway.otherwise((request) -> reply);
			// the first event is held at the beginning, and the second in the stream
			ApertisClient apertis = client(gateway, pool,
					new StreamLimits(LIMIT, LIMIT, null, null, 8 * MEGABYTE, true));
			List<Integer> lengths = Flux.range(0, calls)
				.flatMap((i) -> (streamed ? apertis.chat("hi").completion() : apertis.chat("hi").call())
					.map((answer) -> answer.content().length()), calls)
				.collectList()
				.block(LIMIT);
			assertThat(lengths).isEqualTo(IntStream.range(0, calls).mapToObj((i) -> 2 * MEGABYTE).toList());
			Awaitility.await().atMost(LIMIT).until(() -> this.memory.taken() == 0);
		}
	}

	private ApertisClient client(SimulatedGateway gateway, ConnectionPool pool, StreamLimits limits) {
		WebClient.Builder webClient = WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(pool.httpClient()));
		return ApertisClient.builder()
			.upstream(new Upstream(webClient::clone, gateway.baseUrl(), () -> "key",
					CallOptions.DEFAULTS.withLimits(limits), this.memory, Setting::builderName))
			.defaultModel("m")
			.build();
	}

}
