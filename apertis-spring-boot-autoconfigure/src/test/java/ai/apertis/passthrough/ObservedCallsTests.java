package ai.apertis.passthrough;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ChatStream;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.error.ApertisException;
import ai.apertis.test.Reply;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Every kind of call, through the client and through the pass-through: its meters and its
 * spans.
 */
@BothStacks
class ObservedCallsTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String MODEL = "gpt-4o-mini";

	@Parameter
	private WebApplicationType type;

	/**
	 * How a call goes, and what is to be seen of it.
	 *
	 * @param replies what the gateway does
	 * @param outcome the outcome
	 * @param errorType the kind of error
	 * @param answeredBy the model that answered
	 * @param input the input tokens that the gateway bills
	 * @param output the output tokens that it bills
	 * @param estimated whether they are not known for sure
	 * @param retries how many retries there are
	 * @param failovers how many further models are asked
	 */
	record Kind(List<Reply> replies, String outcome, String errorType, String answeredBy, long input, long output,
			boolean estimated, int retries, int failovers) {

		static Kind of(String outcome, String errorType, String answeredBy, long input, long output, boolean estimated,
				Reply... replies) {
			return new Kind(Arrays.asList(replies), outcome, errorType, answeredBy, input, output, estimated, 0, 0);
		}

		Kind repeated(int retries, int failovers) {
			return new Kind(this.replies, this.outcome, this.errorType, this.answeredBy, this.input, this.output,
					this.estimated, retries, failovers);
		}

	}

	static Stream<Arguments> kinds() {
		Reply begun = Reply.stream().content("Hel", "lo");
		Reply overloaded = Reply.error(503, "server_error", "model_overloaded", "Busy");
		Reply whole = begun.finish("stop").usage(11, 22).done();
		return Stream.of(arguments("completed", Kind.of("completed", "none", MODEL, 11, 22, false, whole)),
				arguments("completed with subsets",
						Kind.of("completed", "none", MODEL, 11, 22, false, begun.finish("stop").event("", """
								{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":22,\
								"prompt_tokens_details":{"cached_tokens":4},\
								"completion_tokens_details":{"reasoning_tokens":5}}}""").done())),
				arguments("failed before",
						Kind.of("failed", "400", "none", 0, 0, true, Reply.error(400, "t", "invalid_request", "No"))),
				arguments("failed inside",
						Kind.of("failed", "502", MODEL, 11, 1, true,
								begun.usage(11, 1).errorEvent("server_error", "upstream_error", "Gone"))),
				arguments("cut",
						Kind.of("interrupted", "StreamInterruptedException", MODEL, 11, 1, true,
								begun.usage(11, 1).cut())),
				arguments("stalled",
						Kind.of("interrupted", "StreamTimeoutException", MODEL, 11, 1, true,
								begun.usage(11, 1).stall())),
				arguments("without finish reason",
						Kind.of("interrupted", "StreamInterruptedException", MODEL, 11, 1, true,
								begun.usage(11, 1).done())),
				arguments("retried",
						Kind.of("completed", "none", MODEL, 11, 22, false, overloaded, whole).repeated(1, 0)),
				arguments("failed over",
						Kind.of("completed", "none", "grok-3-fast", 11, 22, false, overloaded, overloaded, whole)
							.repeated(1, 1)));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("kinds")
	void throughTheClient(String name, Kind kind) {
		try (TestApplication application = start()) {
			ApertisClient apertis = application.context().getBean(ApertisClient.class);
			ChatCompletionRequest request = ChatCompletionRequest.builder()
				.model(MODEL)
				.user("hi")
				.temperature(0.5)
				.build();
			play(application, kind);
			ignoringFailures(() -> apertis.chat(request).content().blockLast(SOON));
			assertSeen(application, kind, 1);
			play(application, kind);
			ignoringFailures(() -> {
				try (ChatStream stream = apertis.chat(request).open()) {
					stream.forEach((chunk) -> assertThat(chunk).isNotNull());
				}
			});
			assertSeen(application, kind, 2);
			assertSpans(application, kind, 2, false);
		}
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("kinds")
	void throughThePassThrough(String name, Kind kind) throws IOException {
		try (TestApplication application = start()) {
			for (int i = 1; i <= 2; i++) {
				play(application, kind);
				try (RawExchange exchange = application
					.post(TestApplication.REQUEST.replace("\"stream\"", "\"temperature\":0.5,\"stream\""))) {
					assertThat(exchange.text()).isNotEmpty();
				}
				assertSeen(application, kind, i);
			}
			assertSpans(application, kind, 2, true);
		}
	}

	@Test
	void withoutAStream() throws IOException {
		try (TestApplication application = start()) {
			Kind kind = Kind.of("completed", "none", MODEL, 11, 22, false, Reply.completion("whole", 11, 22));
			play(application, kind);
			application.context().getBean(ApertisClient.class).chat("hi").call().block(SOON);
			assertSeen(application, kind, 1);
			play(application, kind);
			try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("true", "false"))) {
				assertThat(exchange.text()).contains("whole");
			}
			assertSeen(application, kind, 2);
			assertThat(meters(application).find("gen_ai.client.inference.time_to_first_chunk").timers()).isEmpty();
		}
	}

	@Test
	void cancelledByTheClientAndByTheBrowser() throws IOException {
		try (TestApplication application = start()) {
			Reply told = Reply.stream().content("Hel").usage(11, 1).content("lo").stall();
			// a chunk has come since the usage was told
			Kind kind = Kind.of("cancelled", "none", MODEL, 11, 2, true, told);
			play(application, kind);
			application.context().getBean(ApertisClient.class).chat("hi").content().take(2).blockLast(SOON);
			assertSeen(application, kind, 1);
			play(application, kind);
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				String received = exchange.chunk();
				while (!received.contains("keep-alive")) {
					received += exchange.chunk();
				}
				assertThat(received).contains("Hel");
			}
			assertSeen(application, kind, 2);
			assertThat(counter(application, "apertis.pass-through.disconnects", "draining", "false")).isEqualTo(1);
			assertThat(counter(application, "apertis.pass-through.heartbeats")).isPositive();
		}
	}

	@Test
	void drained() throws IOException {
		try (TestApplication application = start("apertis.pass-through.on-disconnect=drain",
				"apertis.stream.idle-timeout=1m")) {
			Kind kind = Kind.of("cancelled", "none", MODEL, 11, 22, false,
					Reply.stream().content("Hel").hold().content("lo").finish("stop").usage(11, 22).done());
			play(application, kind);
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				assertThat(exchange.chunk()).contains("Hel");
			}
			Awaitility.await()
				.atMost(SOON)
				.until(() -> counter(application, "apertis.pass-through.disconnects", "draining", "true") == 1);
			application.gateway().release();
			assertSeen(application, kind, 1);
		}
	}

	@Test
	void collectedAndBegunAnew() {
		try (TestApplication application = start()) {
			application.gateway()
				.replyWith(Reply.stream().content("Hel").usage(11, 1).cut(),
						Reply.stream().content("Hello").finish("stop").usage(11, 22).done());
			application.context().getBean(ApertisClient.class).chat("hi").completion().block(SOON);
			Awaitility.await().atMost(SOON).until(() -> application.calls("completed") == 1);
			assertThat(application.calls("interrupted")).isZero();
			assertThat(application.tokens("input_tokens")).isEqualTo(22);
			assertThat(application.tokens("output_tokens", true)).isEqualTo(1 + 22);
			assertThat(application.tokens("output_tokens", false)).isZero();
			assertThat(counter(application, "apertis.client.retries")).isEqualTo(1);
		}
	}

	@Test
	void refusedRequestsByReason() throws IOException {
		try (TestApplication application = start("apertis.pass-through.max-request-size=1KB",
				"apertis.pass-through.allowed-models=" + MODEL)) {
			for (String body : new String[] { "[]", "{\"model\":\"x\"}", "{\"model\":\"x\"}", "x".repeat(2_000) }) {
				try (RawExchange exchange = application.post(body)) {
					assertThat(exchange.status()).isBetween(400, 499);
				}
			}
			assertThat(counter(application, "apertis.pass-through.refused", "reason", "invalid_request")).isEqualTo(1);
			assertThat(counter(application, "apertis.pass-through.refused", "reason", "model_access_denied"))
				.isEqualTo(2);
			assertThat(counter(application, "apertis.pass-through.refused", "reason", "request_too_large"))
				.isEqualTo(1);
			assertThat(application.calls("failed")).isZero();
		}
	}

	@Test
	void noMeterGrowsWithTheInputOfUsers() {
		try (TestApplication application = start("logging.level.ai.apertis.client.calls=off")) {
			ApertisClient apertis = application.context().getBean(ApertisClient.class);
			int[] calls = { 0 };
			application.gateway()
				.otherwise((request) -> (calls[0]++ % 2 == 0)
						? Reply.json(404,
								"{\"error\":{\"message\":\"m\",\"type\":\"t" + calls[0] + "\",\"code\":\"c" + calls[0]
										+ "\"}}")
						: Reply.stream()
							.event("", "{\"error\":{\"message\":\"m\",\"code\":" + (1_000 + calls[0]) + "}}"));
			int models = 10_000;
			Flux.range(0, models)
				.flatMap((i) -> apertis.chat(ChatCompletionRequest.of("invented-" + i, "hi"))
					.options((options) -> options.withMaxRetries(0).withFailover())
					.content()
					.onErrorComplete(), 64)
				.blockLast(Duration.ofSeconds(90));
			assertThat(application.calls("failed")).isEqualTo(models);
			assertThat(meters(application).getMeters()).hasSizeLessThan(200);
			assertThat(meters(application).getMeters())
				.allSatisfy((meter) -> assertThat(meter.getId().toString()).doesNotContain("invented"));
			assertThat(meters(application).find("gen_ai.client.inference.duration").timers())
				.hasSizeLessThanOrEqualTo(3);
		}
	}

	private void play(TestApplication application, Kind kind) {
		application.gateway().replyWith(kind.replies().toArray(Reply[]::new));
	}

	private static void ignoringFailures(Runnable call) {
		try {
			call.run();
		}
		catch (ApertisException ex) {
			assertThat(ex).hasMessageNotContaining("key");
		}
	}

	private static void assertSeen(TestApplication application, Kind kind, int times) {
		// the meters of one call change one after the other
		Awaitility.await()
			.atMost(SOON)
			.until(() -> application.calls(kind.outcome()) == times && application.active() == 0);
		Timer duration = meters(application).get("gen_ai.client.inference.duration").timer();
		assertThat(duration.getId().getTags()).extracting(Object::toString)
			.contains("tag(gen_ai.operation.name=chat)", "tag(gen_ai.provider.name=apertis)",
					"tag(gen_ai.request.model=" + MODEL + ")", "tag(gen_ai.response.model=" + kind.answeredBy() + ")",
					"tag(error.type=" + kind.errorType() + ")", "tag(outcome=" + kind.outcome() + ")",
					"tag(server.address=" + gateway(application).getHost() + ")",
					"tag(server.port=" + gateway(application).getPort() + ")");
		assertThat(application.tokens("input_tokens", kind.estimated())).isEqualTo(times * kind.input());
		assertThat(application.tokens("output_tokens", kind.estimated())).isEqualTo(times * kind.output());
		assertThat(application.tokens("output_tokens")).isEqualTo(times * kind.output());
		assertThat(counter(application, "apertis.client.retries")).isEqualTo(times * kind.retries());
		assertThat(counter(application, "apertis.client.failovers")).isEqualTo(times * kind.failovers());
		assertThat(meters(application).get("apertis.streams.active").gauge().value()).isZero();
		assertThat(counter(application, "apertis.cost")).isCloseTo(
				times * (kind.input() * 2.5 + kind.output() * 10) / 1e6 * (kind.answeredBy().equals(MODEL) ? 1 : 2),
				Offset.offset(1e-4));
	}

	private static URI gateway(TestApplication application) {
		return URI.create(application.gateway().baseUrl());
	}

	private static void assertSpans(TestApplication application, Kind kind, int times, boolean served) {
		InMemorySpanExporter spans = application.context().getBean(InMemorySpanExporter.class);
		// those around and below the call may end after it
		Awaitility.await()
			.atMost(SOON)
			.untilAsserted(() -> assertSpans(spans.getFinishedSpanItems(), kind, times, served));
	}

	private static void assertSpans(List<SpanData> all, Kind kind, int times, boolean served) {
		List<SpanData> chats = all.stream().filter((span) -> span.getName().startsWith("chat ")).toList();
		assertThat(chats).hasSize(times).allSatisfy((span) -> {
			Map<String, String> tags = new TreeMap<>();
			span.getAttributes().forEach((key, value) -> tags.put(key.getKey(), String.valueOf(value)));
			assertThat(span.getName()).isEqualTo("chat " + MODEL);
			assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
			assertThat(tags).containsEntry("gen_ai.request.temperature", "0.5")
				.containsEntry("gen_ai.request.stream", "true")
				.containsEntry("outcome", kind.outcome())
				.containsEntry("error.type", kind.errorType())
				.doesNotContainKeys("gen_ai.input.messages", "gen_ai.output.messages");
			if (kind.output() > 0) {
				assertThat(tags).containsEntry("gen_ai.usage.output_tokens", Long.toString(kind.output()))
					.containsKey("gen_ai.response.time_to_first_chunk")
					.containsEntry("gen_ai.response.id", "chatcmpl-simulated");
			}
			if (kind.outcome().equals("completed")) {
				assertThat(tags).containsEntry("gen_ai.response.finish_reasons", "stop");
			}
			assertThat(all.stream()
				.filter((below) -> span.getSpanId().equals(below.getParentSpanId()))
				.map(SpanData::getKind)).hasSize(kind.replies().size()).containsOnly(SpanKind.CLIENT);
			if (served) {
				assertThat(all.stream().filter((above) -> above.getSpanId().equals(span.getParentSpanId())))
					.singleElement()
					.satisfies((above) -> assertThat(above.getKind()).isEqualTo(SpanKind.SERVER));
			}
		});
	}

	private static MeterRegistry meters(TestApplication application) {
		return application.context().getBean(MeterRegistry.class);
	}

	private static double counter(TestApplication application, String name, String... tags) {
		return meters(application).find(name).tags(tags).counters().stream().mapToDouble(Counter::count).sum();
	}

	private TestApplication start(String... properties) {
		List<String> all = new ArrayList<>(List.of("apertis.chat.model=" + MODEL, "apertis.retry.failover=grok-3-fast",
				"apertis.pass-through.heartbeat.interval=50ms", "apertis.metrics.prices[gpt-4o-mini].input=2.5",
				"apertis.metrics.prices[gpt-4o-mini].output=10", "apertis.metrics.prices[grok-3-fast].input=5",
				"apertis.metrics.prices[grok-3-fast].output=20"));
		all.addAll(List.of(properties));
		if (all.stream().noneMatch((property) -> property.startsWith("apertis.stream.idle-timeout"))) {
			all.add("apertis.stream.idle-timeout=400ms");
		}
		return TestApplication.start(this.type, List.of(TestApplication.Open.class, Tracing.class),
				all.toArray(String[]::new));
	}

}
