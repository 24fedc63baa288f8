package ai.apertis.passthrough;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.Reply;
import ai.apertis.test.ReplyScript;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Signs of life while the gateway is silent.
 */
@BothStacks
class HeartbeatTests {

	private static final String HEARTBEAT = ": keep-alive\n";

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type, "apertis.pass-through.heartbeat.initial-delay=150ms",
				"apertis.pass-through.heartbeat.interval=100ms", "apertis.stream.first-chunk-timeout=5s");
	}

	@AfterEach
	void stop() {
		this.application.close();
	}

	@Test
	void showsLifeBeforeTheFirstEventAndBetweenEvents() throws IOException {
		this.application.gateway()
			.replyWith(Reply.stream().hold().content("one").hold().content("two").finish("stop").done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
			assertThat(exchange.chunk()).isEqualTo(HEARTBEAT);
			assertThat(exchange.chunk()).isEqualTo(HEARTBEAT);
			this.application.gateway().release();
			assertThat(afterHeartbeats(exchange)).contains("\"one\"").doesNotContain("two");
			assertThat(exchange.chunk()).isEqualTo(HEARTBEAT);
			this.application.gateway().release();
			assertThat(afterHeartbeats(exchange) + exchange.text()).contains("\"two\"").endsWith("data: [DONE]\n\n");
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

	/**
	 * Else a decoder that knows only CRLF would take the heartbeat for a part of the
	 * event.
	 */
	@Test
	void doesNotComeBetweenTheBytesOfALineEnd() throws IOException {
		String event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\r\n\r\n";
		this.application.gateway()
			.replyWith(Reply.stream()
				.raw(event.substring(0, event.length() - 1))
				.hold()
				.raw("\n" + event.replace("{}", "{\"finish_reason\":\"stop\"}") + "data: [DONE]\r\n\r\n"));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(afterHeartbeats(exchange)).isEqualTo(event);
			assertThat(exchange.chunk()).isEqualTo(HEARTBEAT);
			this.application.gateway().release();
			assertThat(afterHeartbeats(exchange)).startsWith("data: {");
		}
	}

	/**
	 * OpenAI's SDK for Python hands out an empty event at a blank line, once it has seen
	 * an id.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "hb-single", "hb-double", "ids-slow" })
	void dispatchesNoEventOfItsOwn(String script) throws IOException {
		this.application.gateway().replyWith(ReplyScript.bundled(script));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			String text = exchange.text();
			assertThat(text).contains(HEARTBEAT).doesNotContain(HEARTBEAT + "\n").endsWith("data: [DONE]\n\n");
		}
	}

	@Test
	void tellsAFailureAfterAHeartbeatWithAnErrorEvent() throws IOException {
		Reply overloaded = Reply.error(503, "server_error", "model_overloaded", "Busy");
		this.application.gateway()
			.replyWith(Reply.stream().hold().errorEvent("server_error", "upstream_error", "Gone"), overloaded);
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.chunk()).isEqualTo(HEARTBEAT);
			this.application.gateway().release();
			assertThat(afterHeartbeats(exchange) + exchange.text()).contains("\"message\":\"Busy\"")
				.doesNotContain("[DONE]");
			assertThat(exchange.isTerminated()).isFalse();
		}
	}

	@Test
	void repeatsACallThatFailsAfterAHeartbeatAndBeforeItsFirstEvent() throws IOException {
		this.application.gateway()
			.replyWith(Reply.stream().hold().errorEvent("server_error", "upstream_error", "Gone"),
					Reply.answer("at last"));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.chunk()).isEqualTo(HEARTBEAT);
			this.application.gateway().release();
			assertThat(afterHeartbeats(exchange) + exchange.text()).contains("at last")
				.doesNotContain("Gone")
				.endsWith("data: [DONE]\n\n");
		}
	}

	@Test
	void noticesAHangUpWhileTheGatewayIsSilent() throws Exception {
		this.application.gateway().replyWith(Reply.stream().content("one").stall());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.chunk()).contains("\"one\"");
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(Duration.ofSeconds(10))).isTrue();
	}

	@Test
	void replacesTheGatewaysCommentsByItsOwn() throws IOException {
		this.application.gateway()
			.replyWith(
					Reply.stream().comment("PROCESSING").hold().comment("ping").content("one").finish("stop").done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.chunk()).isEqualTo(HEARTBEAT);
			this.application.gateway().release();
			assertThat(afterHeartbeats(exchange) + exchange.text()).doesNotContain("PROCESSING", "ping");
		}
	}

	@Test
	void leavesNothingBehindOfClientsThatHangUpAtTheirFirstHeartbeat() throws Exception {
		this.application.gateway().otherwise((request) -> Reply.never());
		ActiveStreams active = this.application.context().getBean(ActiveStreams.class);
		byte[] body = TestApplication.REQUEST.getBytes(StandardCharsets.UTF_8);
		String head = "POST " + TestApplication.PATH
				+ " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length
				+ "\r\n\r\n";
		int clients = 120;
		Flux.range(0, clients).flatMap((i) -> Mono.fromCallable(() -> {
			Socket socket = new Socket("127.0.0.1", this.application.port());
			socket.getOutputStream().write((head + TestApplication.REQUEST).getBytes(StandardCharsets.UTF_8));
			return socket;
		})
			.subscribeOn(Schedulers.boundedElastic())
			// about when the first heartbeat is due
			.delayElement(Duration.ofMillis(145 + i % 12))
			.flatMap((socket) -> Mono.fromCallable(() -> {
				socket.setSoLinger(true, 0);
				socket.close();
				return i;
			})), clients).blockLast(Duration.ofSeconds(60));
		Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> active.count() == 0 && active.all().isEmpty());
		Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> this.application.active() == 0);
	}

	@Test
	void cutsOffAClientThatTakesNothing() throws Exception {
		try (TestApplication impatient = startImpatient()) {
			impatient.gateway().replyWith(Reply.stream().repeat("x".repeat(4_000), Long.MAX_VALUE, Duration.ZERO));
			ActiveStreams active = impatient.context().getBean(ActiveStreams.class);
			try (RawExchange exchange = impatient.post(TestApplication.REQUEST)) {
				assertThat(exchange.status()).isEqualTo(200);
				Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> active.count() == 0);
				assertThat(impatient.gateway().takeRequest().awaitClosed(Duration.ofSeconds(10))).isTrue();
			}
		}
	}

	@Test
	void leavesAClientThatIsSlowItsTime() throws Exception {
		try (TestApplication impatient = TestApplication.start(this.type, "apertis.pass-through.write-timeout=500ms")) {
			String large = "x".repeat(6_000_000);
			impatient.gateway().replyWith(Reply.stream().content(large).finish("stop").done());
			try (Socket socket = new Socket()) {
				socket.setReceiveBufferSize(16_384);
				socket.connect(new InetSocketAddress("127.0.0.1", impatient.port()));
				socket.getOutputStream()
					.write(("POST " + TestApplication.PATH + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
							+ "Content-Type: application/json\r\nContent-Length: " + TestApplication.REQUEST.length()
							+ "\r\n\r\n" + TestApplication.REQUEST)
						.getBytes(StandardCharsets.ISO_8859_1));
				ByteArrayOutputStream received = new ByteArrayOutputStream();
				for (byte[] piece = next(socket); piece.length > 0; piece = next(socket)) {
					received.writeBytes(piece);
				}
				assertThat(received.toString(StandardCharsets.UTF_8)).contains("data: [DONE]");
				assertThat(received.size()).isGreaterThan(large.length());
			}
			Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> impatient.calls("completed") == 1);
		}
	}

	/**
	 * Start an application whose clients must take what is written, by the limit of its
	 * stack.
	 */
	private TestApplication startImpatient() {
		String limit = (this.type == WebApplicationType.REACTIVE) ? "apertis.pass-through.write-timeout"
				: "server.tomcat.connection-timeout";
		return TestApplication.start(this.type, limit + "=300ms");
	}

	private static byte[] next(Socket socket) throws IOException {
		// as long as the network takes
		Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> true);
		return socket.getInputStream().readNBytes(200_000);
	}

	@Test
	void cutsOffAClientThatDoesNotTakeAWholeAnswer() throws Exception {
		try (TestApplication impatient = startImpatient()) {
			// more than what lies on the way
			impatient.gateway().replyWith(Reply.completion("x".repeat(7_900_000), 11, 22));
			ActiveStreams active = impatient.context().getBean(ActiveStreams.class);
			try (RawExchange exchange = impatient.post(TestApplication.REQUEST.replace("true", "false"))) {
				assertThat(exchange.status()).isEqualTo(200);
				Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> active.count() == 0);
				Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> impatient.calls("completed") == 1);
				Awaitility.await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
				// what lay on the way is all that comes
				assertThat(exchange.text()).hasSizeLessThan(7_900_000);
				assertThat(exchange.isTerminated()).isFalse();
			}
			assertThat(impatient.active()).isZero();
			assertThat(impatient.tokens("output_tokens")).isEqualTo(22);
		}
	}

	@Test
	void canBeSwitchedOff() throws IOException {
		try (TestApplication silent = TestApplication.start(this.type,
				"apertis.pass-through.heartbeat.initial-delay=0s", "apertis.pass-through.heartbeat.interval=10ms")) {
			Reply late = Reply.stream()
				.pause(Duration.ofMillis(300))
				.errorEvent("server_error", "model_overloaded", "Busy");
			silent.gateway().replyWith(late, late);
			try (RawExchange exchange = silent.post(TestApplication.REQUEST)) {
				assertThat(exchange.status()).isEqualTo(503);
			}
		}
	}

	private static String afterHeartbeats(RawExchange exchange) throws IOException {
		String chunk = exchange.chunk();
		while (chunk.equals(HEARTBEAT)) {
			chunk = exchange.chunk();
		}
		return chunk.replace(HEARTBEAT, "");
	}

}
