package ai.apertis.passthrough;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What happens with the gateway's stream, and with what it costs, when its client hangs
 * up.
 */
@BothStacks
class DisconnectTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String DRAIN = "apertis.pass-through.on-disconnect=drain";

	private static final String FAST = "apertis.pass-through.heartbeat.interval=50ms";

	@Parameter
	private WebApplicationType type;

	@Test
	void countsWhatIsKnownWhenAStreamIsCancelled() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, FAST)) {
			application.gateway().replyWith(Reply.stream().content("one").usage(5, 1).stall());
			hangUp(application);
			assertThat(application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
			awaitCalls(application, "cancelled", 1);
			assertThat(application.tokens("output_tokens", true)).isEqualTo(1);
			assertThat(application.tokens("output_tokens", false)).isZero();
		}
	}

	static Stream<Arguments> phases() {
		Reply begun = Reply.stream().content("one");
		return Stream.of(arguments("before the head", Reply.never(), true),
				arguments("before the first event", Reply.stream().comment("PROCESSING").stall(), true),
				arguments("in mid-stream", begun.stall(), true),
				arguments("behind the usage", begun.usage(1, 1).stall(), true),
				arguments("while comments come", begun.comment("ping").pause(Duration.ofMillis(300)).stall(), true),
				arguments("without a stream", Reply.never(), false));
	}

	/**
	 * Long before the second heartbeat, which is the first whose write fails.
	 */
	@ParameterizedTest(name = "{0}")
	@MethodSource("phases")
	void noticesAHangUpWhileTheGatewayIsSilent(String phase, Reply reply, boolean streamed) throws Exception {
		try (TestApplication application = TestApplication.start(this.type)) {
			application.gateway().replyWith(reply);
			String request = streamed ? TestApplication.REQUEST : TestApplication.REQUEST.replace("true", "false");
			RecordedRequest upstream;
			try (Socket socket = send(application, request)) {
				upstream = application.gateway().takeRequest();
				if (phase.equals("in mid-stream")) {
					assertThat(socket.getInputStream().read()).isEqualTo('H');
				}
				assertThat(upstream.closedAt()).isEmpty();
			}
			assertThat(upstream.awaitClosed(SOON)).isTrue();
			awaitCalls(application, "cancelled", 1);
			awaitNoneActive(application);
		}
	}

	/**
	 * What it sends of its next request is no hang-up.
	 */
	@Test
	void takesAClientThatSendsItsNextRequestForPresent() throws Exception {
		try (TestApplication application = TestApplication.start(this.type)) {
			application.gateway()
				.replyWith(Reply.stream().content("one").hold().content("two").finish("stop").done(),
						Reply.answer("three"));
			try (Socket socket = send(application, TestApplication.REQUEST)) {
				RecordedRequest upstream = application.gateway().takeRequest();
				// it must not do so before it has the status
				assertThat(socket.getInputStream().read()).isEqualTo('H');
				socket.getOutputStream().write(request(TestApplication.REQUEST));
				// as long as it takes to notice one that hangs up
				assertThat(upstream.awaitClosed(Duration.ofSeconds(5))).isFalse();
				application.gateway().release();
				socket.setSoTimeout(10_000);
				StringBuilder text = new StringBuilder();
				while (text.indexOf("\"three\"") < 0) {
					int read = socket.getInputStream().read();
					assertThat(read).isPositive();
					text.append((char) read);
				}
				assertThat(text).contains("\"two\"");
			}
		}
	}

	private static Socket send(TestApplication application, String json) throws IOException {
		Socket socket = new Socket("127.0.0.1", application.port());
		socket.getOutputStream().write(request(json));
		return socket;
	}

	private static byte[] request(String json) {
		return ("POST " + TestApplication.PATH
				+ " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + json.length()
				+ "\r\n\r\n" + json)
			.getBytes(StandardCharsets.US_ASCII);
	}

	@Test
	void holdsThePlaceOfItsUserWhileItReadsOn() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, DRAIN, FAST,
				"apertis.pass-through.per-user.max-streams=1")) {
			application.gateway()
				.replyWith(Reply.stream().content("one").hold().finish("stop").usage(5, 77).done(),
						Reply.answer("next"));
			hangUp(application);
			awaitDraining(application, 1);
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				assertThat(exchange.status()).isEqualTo(429);
				assertThat(TestApplication.error(exchange.text()).path("code").asString())
					.isEqualTo("too_many_streams");
			}
			application.gateway().release();
			awaitCalls(application, "cancelled", 1);
			Awaitility.await().atMost(SOON).untilAsserted(() -> {
				try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
					assertThat(exchange.status()).isEqualTo(200);
				}
			});
		}
	}

	@Test
	void holdsAPlaceOfAllWhileItReadsOn() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, DRAIN, FAST,
				"apertis.pass-through.max-streams=2")) {
			Reply held = Reply.stream().content("one").hold().finish("stop").usage(5, 77).done();
			application.gateway().otherwise((request) -> held);
			for (int i = 1; i <= 2; i++) {
				hangUp(application);
				awaitDraining(application, i);
			}
			for (int i = 0; i < 10; i++) {
				try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
					assertThat(exchange.status()).isEqualTo(429);
				}
			}
			assertThat(application.gateway().requests()).hasSize(2);
			application.gateway().release();
			awaitNoneActive(application);
			assertThat(application.tokens("output_tokens", false)).isEqualTo(2 * 77);
		}
	}

	@Test
	void waitsForWhatItReadsOnWhenTheApplicationStops() throws Exception {
		TestApplication application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, CountedLimits.class), DRAIN, FAST,
				"apertis.pass-through.per-user.tokens=1000000", "apertis.pass-through.shutdown-grace=20s");
		try {
			application.gateway().replyWith(Reply.stream().content("one").hold().finish("stop").usage(5, 77).done());
			hangUp(application);
			awaitDraining(application, 1);
			CountedLimits spending = application.context().getBean(CountedLimits.class);
			CompletableFuture<Void> closed = CompletableFuture.runAsync(application.context()::close);
			Awaitility.await().until(() -> application.context().getBean(ActiveStreams.class).refusal() != null);
			assertThat(application.gateway().takeRequest().closedAt()).isEmpty();
			assertThat(closed).isNotDone();
			application.gateway().release();
			closed.get(20, TimeUnit.SECONDS);
			assertThat(spending.spent.get()).isEqualTo(5 + 77);
		}
		finally {
			application.close();
		}
	}

	@Test
	void readsOnNoLongerThanTheApplicationMayTakeToStop() throws Exception {
		TestApplication application = TestApplication.start(this.type, DRAIN, FAST,
				"apertis.pass-through.shutdown-grace=100ms");
		try {
			application.gateway().replyWith(Reply.stream().content("one").stall());
			hangUp(application);
			awaitDraining(application, 1);
			application.context().close();
			assertThat(application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		}
		finally {
			application.close();
		}
	}

	@Test
	void givesThePlaceBackOfAStreamThatIsReadForTooLong() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, DRAIN, FAST,
				"apertis.pass-through.drain.timeout=200ms", "apertis.pass-through.per-user.max-streams=1")) {
			application.gateway().replyWith(Reply.stream().content("one").stall());
			hangUp(application);
			assertThat(application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
			application.gateway().otherwise((request) -> Reply.answer("next"));
			Awaitility.await().atMost(SOON).untilAsserted(() -> {
				try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
					assertThat(exchange.status()).isEqualTo(200);
				}
			});
		}
	}

	@Test
	void countsWhatIsKnownWhenAStreamFails() throws IOException {
		try (TestApplication application = TestApplication.start(this.type)) {
			application.gateway().replyWith(Reply.stream().content("one").usage(5, 1).cut());
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				assertThat(exchange.text()).contains("stream_interrupted");
			}
			awaitCalls(application, "interrupted", 1);
			assertThat(application.tokens("input_tokens", true)).isEqualTo(5);
		}
	}

	@Test
	void readsOnToKnowTheUsage() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, DRAIN, FAST)) {
			application.gateway()
				.replyWith(Reply.stream().content("one").hold().content("two").finish("stop").usage(5, 77).done());
			hangUp(application);
			awaitDraining(application, 1);
			application.gateway().release();
			awaitCalls(application, "cancelled", 1);
			awaitNoneActive(application);
			assertThat(application.tokens("output_tokens", false)).isEqualTo(77);
			assertThat(application.tokens("output_tokens", true)).isZero();
		}
	}

	@Test
	void readsOnWithinBoundsInNumber() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, DRAIN, FAST,
				"apertis.pass-through.drain.max-streams=1")) {
			Reply silent = Reply.stream().content("one").hold().finish("stop").usage(5, 77).done();
			application.gateway().replyWith(silent, silent);
			hangUp(application);
			RecordedRequest first = application.gateway().takeRequest();
			awaitDraining(application, 1);
			hangUp(application);
			assertThat(application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
			assertThat(first.closedAt()).isEmpty();
			application.gateway().release();
			awaitCalls(application, "cancelled", 2);
			assertThat(application.tokens("output_tokens", false)).isEqualTo(77);
			// of the other, one chunk has come
			assertThat(application.tokens("output_tokens", true)).isEqualTo(1);
		}
	}

	@Test
	void readsOnWithinBoundsInTime() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, DRAIN, FAST,
				"apertis.pass-through.drain.timeout=200ms", "apertis.pass-through.drain.max-streams=1")) {
			Reply endless = Reply.stream().repeat("on and on", 100_000, Duration.ofMillis(10));
			for (int i = 1; i <= 2; i++) {
				application.gateway().replyWith(endless);
				hangUp(application);
				assertThat(application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
				awaitCalls(application, "cancelled", i);
			}
		}
	}

	@Test
	void readsAStreamOnThatFails() throws Exception {
		try (TestApplication application = TestApplication.start(this.type, DRAIN, FAST,
				"apertis.pass-through.drain.max-streams=1")) {
			for (int i = 1; i <= 2; i++) {
				application.gateway().replyWith(Reply.stream().content("one").usage(5, 1).hold().cut());
				hangUp(application);
				awaitDraining(application, i);
				application.gateway().release();
				awaitCalls(application, "cancelled", i);
			}
			assertThat(application.tokens("output_tokens", true)).isEqualTo(2);
		}
	}

	/**
	 * Knows what was spent also when the application has stopped.
	 */
	static class CountedLimits implements UserLimits {

		private final AtomicLong spent = new AtomicLong();

		@Override
		public Mono<Permit> admit(String user) {
			return Mono.just(new Permit() {

				@Override
				public Mono<Reservation> reserve(Spending spending) {
					return Mono.just(new Unlimited(spending.outputTokens()));
				}

				@Override
				public Mono<Void> release() {
					return Mono.empty();
				}

			});
		}

		private final class Unlimited implements Reservation {

			private final long granted;

			Unlimited(long granted) {
				this.granted = granted;
			}

			@Override
			public long granted() {
				return this.granted;
			}

			@Override
			public Mono<Long> extend(long spent, long more) {
				return Mono.just(more);
			}

			@Override
			public Mono<Void> settle(long tokens, long cost) {
				return Mono.fromRunnable(() -> CountedLimits.this.spent.addAndGet(tokens));
			}

		}

	}

	private static void hangUp(TestApplication application) throws IOException {
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			assertThat(exchange.chunk()).contains("\"content\"");
		}
	}

	private static void awaitDraining(TestApplication application, int streams) {
		Awaitility.await()
			.atMost(SOON)
			.until(() -> application.context()
				.getBean(MeterRegistry.class)
				.find("apertis.pass-through.disconnects")
				.tag("draining", "true")
				.counters()
				.stream()
				.mapToDouble(Counter::count)
				.sum() == streams);
	}

	private static void awaitNoneActive(TestApplication application) {
		ActiveStreams active = application.context().getBean(ActiveStreams.class);
		Awaitility.await().atMost(SOON).until(() -> active.count() == 0 && active.all().isEmpty());
	}

	private static void awaitCalls(TestApplication application, String outcome, int calls) {
		Awaitility.await().atMost(SOON).until(() -> application.calls(outcome) == calls);
	}

}
