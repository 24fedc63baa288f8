package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;

import ai.apertis.test.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Signs of life while the gateway is silent.
 */
@BothStacks
class HeartbeatTests {

	private static final String HEARTBEAT = ": keep-alive\n\n";

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
