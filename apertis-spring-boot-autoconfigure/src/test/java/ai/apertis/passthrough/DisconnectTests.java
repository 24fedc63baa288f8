package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

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
			awaitNoneActive(application);
			application.gateway().release();
			awaitCalls(application, "cancelled", 1);
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
			awaitNoneActive(application);
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
				awaitNoneActive(application);
				application.gateway().release();
				awaitCalls(application, "cancelled", i);
			}
			assertThat(application.tokens("output_tokens", true)).isEqualTo(2);
		}
	}

	private static void hangUp(TestApplication application) throws IOException {
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			assertThat(exchange.chunk()).contains("\"content\"");
		}
	}

	private static void awaitNoneActive(TestApplication application) {
		ActiveStreams active = application.context().getBean(ActiveStreams.class);
		Awaitility.await().atMost(SOON).until(() -> active.count() == 0 && active.all().isEmpty());
	}

	private static void awaitCalls(TestApplication application, String outcome, int calls) {
		Awaitility.await().atMost(SOON).until(() -> application.calls(outcome) == calls);
	}

}
