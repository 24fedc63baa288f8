package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.passthrough.resume.StreamStore;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Streams that go on when their clients come back.
 */
@BothStacks
class ResumableStreamTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String STREAMS = "/apertis/v1/streams/";

	private static final String RESUMABLE = "Apertis-Stream: resumable";

	private static final String ANN = "X-User: ann";

	private static final String UI = "/apertis/ui/chat";

	private static final String UI_REQUEST = """
			{"id":"chat-1","messages":[{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]}]}""";

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	@AfterEach
	void stop() {
		this.application.close();
	}

	private void start(String... properties) {
		this.application = TestApplication
			.start(this.type, List.of(TestApplication.Open.class, Users.class),
					Stream.concat(Stream.of("apertis.pass-through.resume.mode=on-request",
							"apertis.pass-through.resume.batch-interval=20ms", "apertis.chat.model=gpt-4o-mini"),
							Stream.of(properties))
						.toArray(String[]::new));
	}

	@Test
	void aStreamGoesOnWhenItsClientComesBack() throws Exception {
		start();
		this.application.gateway()
			.replyWith(
					Reply.stream().content("one ", "two ").hold().content("three").finish("stop").usage(5, 3).done());
		String id;
		String begun;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			id = exchange.header("Apertis-Stream-Id");
			assertThat(id).matches("[\\w-]{22}");
			begun = exchange.chunk();
		}
		awaitMeter("streams.detached", 1);
		RecordedRequest upstream = this.application.gateway().takeRequest();
		assertThat(upstream.closedAt()).isEmpty();
		try (RawExchange again = this.application.get(STREAMS + id, ANN)) {
			assertThat(again.status()).isEqualTo(200);
			assertThat(again.header("Content-Type")).startsWith("text/event-stream");
			this.application.gateway().release();
			String text = again.text();
			assertThat(again.isTerminated()).isTrue();
			assertThat(text.replaceAll("id: \\d+\n", "")).startsWith(begun).endsWith("data: [DONE]\n\n");
			assertThat(text).contains("id: 1\ndata: ").contains("three").doesNotContain("prompt_tokens");
		}
		Awaitility.await().until(() -> this.application.calls("completed") == 1);
		assertThat(this.application.calls("cancelled")).isZero();
		assertThat(this.application.tokens("output_tokens", false)).isEqualTo(3);
		assertThat(this.application.tokens("output_tokens", true)).isZero();
		awaitNoneActive();
		awaitMeter("streams.stored", 1);
		awaitMeter("streams.resumes", 1);
	}

	@Test
	void isReadOnAlsoIfItsClientGoesBeforeTheFirstEvent() throws Exception {
		start("apertis.pass-through.resume.mode=all", "apertis.pass-through.heartbeat.initial-delay=50ms");
		this.application.gateway().replyWith(Reply.stream().hold().content("late").finish("stop").done());
		String id;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			id = exchange.header("Apertis-Stream-Id");
		}
		awaitMeter("streams.detached", 1);
		this.application.gateway().release();
		try (RawExchange again = this.application.get(STREAMS + id, ANN)) {
			assertThat(again.text()).contains("late").contains("[DONE]");
		}
	}

	@Test
	void clientsThatDoNotAskGetTheSameBytes() throws Exception {
		start();
		Reply reply = Reply.stream().content("one", "two").finish("stop").done();
		this.application.gateway().replyWith(reply, reply, reply);
		String unaware;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			unaware = exchange.text();
			assertThat(exchange.headers()).doesNotContainKey("Apertis-Stream-Id");
		}
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			assertThat(exchange.text()).isEqualTo(unaware);
		}
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE + ", ids", ANN)) {
			String text = exchange.text();
			assertThat(text).startsWith("id: 1\ndata: ").contains("\n\nid: 2\ndata: ");
			assertThat(text.replaceAll("id: \\d+\n", "")).isEqualTo(unaware);
		}
	}

	@Test
	void givesWhatIsBehindTheCursor() throws Exception {
		start();
		String id = completed(Reply.stream().content("one", "two", "three").finish("stop").done());
		String all = text(STREAMS + id);
		int events = all.split("\n\n").length;
		for (int after = 1; after < events; after++) {
			String rest = all.substring(all.indexOf("id: " + (after + 1) + "\n"));
			assertThat(text(STREAMS + id + "?starting_after=" + after)).isEqualTo(rest);
			try (RawExchange exchange = this.application.get(STREAMS + id, "Last-Event-ID: " + after, ANN)) {
				assertThat(exchange.text()).isEqualTo(rest);
			}
		}
		assertThat(status(STREAMS + id + "?starting_after=" + events)).isEqualTo(204);
		assertThat(status(STREAMS + id + "?starting_after=" + (events + 1))).isEqualTo(400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "-1", "x", "1.5", "99999999999999999999", "+1", "1e3", "%20" })
	void refusesACursorThatIsNone(String cursor) throws Exception {
		start();
		String id = completed(Reply.answer("one"));
		try (RawExchange exchange = this.application.get(STREAMS + id + "?starting_after=" + cursor, ANN)) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(TestApplication.error(exchange.text()).path("code").asString()).isEqualTo("invalid_cursor");
		}
	}

	@Test
	void aCursorBeyondWhatHasComeWaits() throws Exception {
		start("apertis.pass-through.heartbeat.initial-delay=50ms");
		this.application.gateway().replyWith(Reply.stream().content("one").hold().content("two").finish("stop").done());
		String id;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			id = exchange.header("Apertis-Stream-Id");
			exchange.chunk();
		}
		awaitMeter("streams.detached", 1);
		try (RawExchange again = this.application.get(STREAMS + id + "?starting_after=2", ANN,
				"Accept: text/event-stream")) {
			this.application.gateway().release();
			assertThat(again.text()).contains("id: 3\n").contains("[DONE]").doesNotContain("id: 2\n");
		}
	}

	@Test
	void nobodyElseFindsAStream() throws Exception {
		start();
		String id = completed(Reply.answer("secret"));
		for (String path : List.of(STREAMS + id, STREAMS + "AAAAAAAAAAAAAAAAAAAAAA", STREAMS + "x".repeat(300))) {
			for (String user : List.of("X-User: bob", "X-Other: none")) {
				try (RawExchange exchange = this.application.get(path, user)) {
					assertThat(exchange.status()).isEqualTo(404);
					assertThat(TestApplication.error(exchange.text()).path("code").asString())
						.isEqualTo("stream_not_found");
				}
				try (RawExchange exchange = this.application.send("DELETE " + path, "", header(user))) {
					assertThat(exchange.status()).isEqualTo(404);
				}
			}
		}
	}

	@Test
	void anonymousStreamsAreStoredOnlyIfThatIsWanted() throws Exception {
		start();
		this.application.gateway().replyWith(Reply.answer("one"));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE)) {
			assertThat(exchange.text()).contains("[DONE]");
			assertThat(exchange.headers()).doesNotContainKey("Apertis-Stream-Id");
		}
		this.application.close();
		start("apertis.pass-through.resume.anonymous=true");
		this.application.gateway().replyWith(Reply.answer("one"));
		String id;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE)) {
			id = exchange.header("Apertis-Stream-Id");
			exchange.text();
		}
		try (RawExchange exchange = this.application.get(STREAMS + id)) {
			assertThat(exchange.text()).contains("[DONE]");
		}
	}

	@Test
	void isStoppedByWhoeverHasIt() throws Exception {
		start();
		this.application.gateway().replyWith(Reply.stream().content("one").stall());
		String id;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			id = exchange.header("Apertis-Stream-Id");
			exchange.chunk();
			assertThat(delete(STREAMS + id)).isEqualTo(204);
			assertThat(exchange.text()).contains("stream_stopped").doesNotContain("[DONE]");
			assertThat(exchange.isTerminated()).isFalse();
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		assertThat(delete(STREAMS + id)).isEqualTo(204);
		try (RawExchange again = this.application.get(STREAMS + id, ANN)) {
			assertThat(again.text()).contains("one").containsOnlyOnce("stream_stopped").doesNotContain("[DONE]");
			assertThat(again.isTerminated()).isFalse();
		}
		awaitNoneActive();
	}

	static Stream<Arguments> endings() {
		Reply begun = Reply.stream().content("one");
		return Stream.of(arguments(begun.cut(), "stream_interrupted"), arguments(begun.reset(), "stream_interrupted"),
				arguments(begun.errorEvent("server_error", "overloaded", "Too much"), "overloaded"));
	}

	@ParameterizedTest
	@MethodSource("endings")
	void aStreamThatFailedIsNotTakenForAWholeOne(Reply reply, String code) throws Exception {
		start();
		String id = completed(reply);
		try (RawExchange again = this.application.get(STREAMS + id, ANN)) {
			assertThat(again.text()).contains("one").containsOnlyOnce(code).doesNotContain("[DONE]");
			assertThat(again.isTerminated()).isFalse();
		}
	}

	@Test
	void readersThatGoDoNotEndTheStream() throws Exception {
		start();
		this.application.gateway().replyWith(Reply.stream().content("one").hold().content("two").finish("stop").done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			String id = exchange.header("Apertis-Stream-Id");
			for (int i = 0; i < 3; i++) {
				try (RawExchange reader = this.application.get(STREAMS + id, ANN)) {
					assertThat(reader.chunk()).contains("one");
				}
			}
			this.application.gateway().release();
			assertThat(exchange.text()).contains("two").contains("[DONE]");
		}
		Awaitility.await().until(() -> this.application.calls("completed") == 1);
		awaitNoneActive();
	}

	@Test
	void aReaderThatTakesNothingIsCutOff() throws Exception {
		String limit = (this.type == WebApplicationType.REACTIVE) ? "apertis.pass-through.write-timeout"
				: "server.tomcat.connection-timeout";
		start(limit + "=300ms", "apertis.pass-through.resume.max-stream-size=64MB",
				"apertis.pass-through.resume.memory=64MB");
		// more than what lies on the way
		String piece = "x".repeat(100_000);
		this.application.gateway()
			.replyWith(Reply.stream().repeat(piece, 120, Duration.ZERO).finish("stop").usage(5, 120).done());
		String id;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			id = exchange.header("Apertis-Stream-Id");
			assertThat(exchange.text()).contains("[DONE]");
		}
		awaitNoneActive();
		try (RawExchange reader = this.application.get(STREAMS + id, ANN)) {
			assertThat(reader.status()).isEqualTo(200);
			assertThat(this.application.context().getBean(ActiveStreams.class).count()).isOne();
			awaitNoneActive();
			assertThat(reader.text()).hasSizeLessThan(120 * piece.length());
			assertThat(reader.isTerminated()).isFalse();
		}
		try (RawExchange again = this.application.get(STREAMS + id, ANN)) {
			assertThat(again.text()).hasSizeGreaterThan(120 * piece.length()).contains("[DONE]");
		}
	}

	@Test
	void aStreamThatIsTooLargeIsDeliveredAllTheSame() throws Exception {
		start("apertis.pass-through.resume.max-stream-size=2KB");
		this.application.gateway()
			.replyWith(Reply.stream().content("x".repeat(1000), "y".repeat(1000), "z").finish("stop").done());
		String id;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			id = exchange.header("Apertis-Stream-Id");
			assertThat(exchange.text()).contains("z").contains("[DONE]");
		}
		awaitMeter("streams.given-up", 1);
		if (id != null) {
			try (RawExchange again = this.application.get(STREAMS + id, ANN)) {
				assertThat(again.text()).contains("stream_interrupted").doesNotContain("[DONE]");
			}
		}
	}

	@Test
	void aStreamForWhichThereIsNoRoomIsDeliveredAndCountedOnce() throws Exception {
		start("apertis.pass-through.resume.memory=2KB", "apertis.pass-through.resume.lease=200ms");
		this.application.gateway()
			.replyWith(
					Reply.stream().content("x".repeat(3000)).hold().content("end").finish("stop").usage(5, 3).done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			exchange.chunk();
			awaitMeter("streams.given-up", 1);
			// a look for owners that have gone finds nothing, for longer than a lease
			assertThat(Flux.interval(Duration.ofMillis(50))
				.take(10)
				.concatMap((tick) -> this.application.context().getBean(StreamStore.class).sweep())
				.collectList()
				.block(SOON)).isEmpty();
			this.application.gateway().release();
			assertThat(exchange.text()).contains("end").contains("[DONE]");
		}
		Awaitility.await().until(() -> this.application.calls("completed") == 1);
		assertThat(this.application.calls("interrupted")).isZero();
		awaitMeter("streams.lost", 0);
	}

	@Test
	void isReadOnForNoLongerThanItMay() throws Exception {
		start("apertis.pass-through.resume.detached-timeout=200ms");
		this.application.gateway().replyWith(Reply.stream().content("one").stall());
		String id;
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			id = exchange.header("Apertis-Stream-Id");
			exchange.chunk();
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		try (RawExchange again = this.application.get(STREAMS + id, ANN)) {
			assertThat(again.text()).contains("one").contains("stream_interrupted");
		}
		awaitNoneActive();
	}

	@Test
	void otherMethodsAreRefused() throws Exception {
		start();
		try (RawExchange exchange = this.application.send("POST " + STREAMS + "x", "{}", header(ANN))) {
			assertThat(exchange.status()).isEqualTo(405);
			assertThat(exchange.header("Allow")).isEqualTo("GET, DELETE");
		}
	}

	@Test
	void anAnswerOfAConversationGoesOn() throws Exception {
		start("apertis.pass-through.ui.enabled=true", "apertis.pass-through.ui.resume=true");
		this.application.gateway()
			.replyWith(Reply.stream().content("one ").hold().content("two").finish("stop").usage(5, 2).done());
		String stream = UI + "/chat-1/stream";
		assertThat(status(stream)).isEqualTo(204);
		try (RawExchange exchange = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			assertThat(exchange.headers()).doesNotContainKey("Apertis-Stream-Id");
			exchange.chunk();
		}
		awaitMeter("streams.detached", 1);
		try (RawExchange second = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			assertThat(second.status()).isEqualTo(409);
			assertThat(second.text()).contains("still under way");
		}
		assertThat(status(stream, "X-User: bob")).isEqualTo(204);
		try (RawExchange again = this.application.get(stream, ANN)) {
			this.application.gateway().release();
			assertThat(again.text()).startsWith("data: {\"type\":\"start\"")
				.contains("one ")
				.contains("two")
				.contains("\"type\":\"finish\"")
				.endsWith("data: [DONE]\n\n")
				.doesNotContain("id: 1\n");
		}
		Awaitility.await().until(() -> this.application.calls("completed") == 1);
		Awaitility.await().until(() -> status(stream) == 204);
		this.application.gateway().replyWith(Reply.answer("next"));
		try (RawExchange next = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			assertThat(next.text()).contains("next");
		}
	}

	@Test
	void anAnswerOfAConversationIsStopped() throws Exception {
		start("apertis.pass-through.ui.enabled=true", "apertis.pass-through.ui.resume=true");
		this.application.gateway().replyWith(Reply.stream().content("one").stall());
		try (RawExchange exchange = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			exchange.chunk();
		}
		awaitMeter("streams.detached", 1);
		assertThat(delete(UI + "/chat-1/stream")).isEqualTo(204);
		assertThat(this.application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		awaitNoneActive();
	}

	@Test
	void aConversationIsFreeWhenItsRequestHasFailed() throws Exception {
		start("apertis.pass-through.ui.enabled=true", "apertis.pass-through.ui.resume=true");
		this.application.gateway()
			.replyWith(Reply.error(400, "invalid_request_error", "bad", "No"), Reply.answer("two"));
		try (RawExchange exchange = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			assertThat(exchange.status()).isEqualTo(400);
		}
		awaitNoneActive();
		try (RawExchange exchange = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			assertThat(exchange.text()).contains("two");
		}
	}

	@Test
	void aFurtherAnswerCanTakeItsPlace() throws Exception {
		start("apertis.pass-through.ui.enabled=true", "apertis.pass-through.ui.resume=true",
				"apertis.pass-through.ui.on-conflict=replace");
		this.application.gateway().replyWith(Reply.stream().content("one").stall(), Reply.answer("two"));
		try (RawExchange exchange = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			exchange.chunk();
		}
		awaitMeter("streams.detached", 1);
		try (RawExchange reader = this.application.get(UI + "/chat-1/stream", ANN);
				RawExchange exchange = this.application.send("POST " + UI, UI_REQUEST, header(ANN))) {
			assertThat(exchange.text()).contains("two");
			// whoever reads the first one gets nothing of the second
			assertThat(reader.text()).contains("one").contains("\"type\":\"error\"").doesNotContain("two");
			assertThat(reader.isTerminated()).isFalse();
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		awaitNoneActive();
	}

	private String completed(Reply reply) throws IOException {
		this.application.gateway().replyWith(reply);
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			exchange.text();
			awaitNoneActive();
			return exchange.header("Apertis-Stream-Id");
		}
	}

	private String text(String path) throws IOException {
		try (RawExchange exchange = this.application.get(path, ANN)) {
			assertThat(exchange.status()).isEqualTo(200);
			return exchange.text();
		}
	}

	private int status(String path) throws IOException {
		return status(path, ANN);
	}

	private int status(String path, String user) throws IOException {
		try (RawExchange exchange = this.application.get(path, user)) {
			return exchange.status();
		}
	}

	private int delete(String path) throws IOException {
		try (RawExchange exchange = this.application.send("DELETE " + path, "", header(ANN))) {
			return exchange.status();
		}
	}

	private static Map<String, String> header(String header) {
		return Map.of(header.substring(0, header.indexOf(':')), header.substring(header.indexOf(':') + 2),
				"Content-Type", "application/json");
	}

	private void awaitMeter(String name, double count) {
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.application.context()
				.getBean(MeterRegistry.class)
				.find("apertis.pass-through." + name)
				.counters()
				.stream()
				.mapToDouble(Counter::count)
				.sum()).isEqualTo(count));
	}

	private void awaitNoneActive() {
		Awaitility.await().until(() -> this.application.context().getBean(ActiveStreams.class).count() == 0);
	}

	@Configuration(proxyBeanMethods = false)
	static class Users {

		@Bean
		PassThroughUserResolver users() {
			return (caller) -> caller.headers().getFirst("X-User");
		}

	}

}
