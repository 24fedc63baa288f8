package ai.apertis.client.observation;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ChatStream;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every call leaves one observation, whatever its outcome, and its tokens are counted.
 */
class ChatObservationTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final String NAME = "gen_ai.client.inference.duration";

	private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	private final TestObservationRegistry observations = TestObservationRegistry.create();

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		this.observations.observationConfig().observationHandler(new TokenUsageObservationHandler(this.meters));
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("gpt-4o-mini")
			.observationRegistry(this.observations, null)
			.build();
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	@Test
	void recordsACompletedCall() {
		this.gateway.replyWith(Reply.stream()
			.content("a")
			.finish("stop")
			.event("", """
					{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30,\
					"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":5}}}""")
			.done());
		this.apertis.chat("hello").completion().block(LIMIT);
		assertRecorded("completed", "none");
		assertThat(tokens("input_tokens", false)).isEqualTo(10);
		assertThat(tokens("output_tokens", false)).isEqualTo(20);
		assertThat(tokens("cache_read.input_tokens", false)).isEqualTo(4);
		assertThat(tokens("reasoning.output_tokens", false)).isEqualTo(5);
		assertThat(this.meters.getMeters()).noneMatch((meter) -> meter.getId().getName().contains("total"));
	}

	@Test
	void countsTokensByTheirModality() {
		this.gateway.replyWith(Reply.stream()
			.content("a")
			.finish("stop")
			.event("",
					"""
							{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50,\
							"prompt_tokens_details":{"cached_tokens":10,"cache_write_tokens":7,"audio_tokens":30,"image_tokens":20},\
							"completion_tokens_details":{"audio_tokens":50}}}""")
			.done());
		this.apertis.chat("hello").completion().block(LIMIT);
		assertThat(byModality("input_tokens")).containsOnly(Map.entry("text", 50.0), Map.entry("audio", 30.0),
				Map.entry("image", 20.0));
		assertThat(byModality("output_tokens")).containsOnly(Map.entry("audio", 50.0));
		assertThat(byModality("cache_read.input_tokens")).containsOnly(Map.entry("unknown", 10.0));
		assertThat(byModality("cache_write.input_tokens")).containsOnly(Map.entry("unknown", 7.0));
		assertThat(byModality("reasoning.output_tokens")).containsOnly(Map.entry("text", 0.0));
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasHighCardinalityKeyValue("gen_ai.usage.cache_write.input_tokens", "7");
	}

	private Map<String, Double> byModality(String name) {
		return this.meters.get("gen_ai.client.inference.usage." + name)
			.counters()
			.stream()
			.collect(Collectors.toMap((counter) -> counter.getId().getTag("gen_ai.token.modality"), Counter::count));
	}

	/**
	 * More tokens of a kind than there are in all are not counted.
	 */
	@Test
	void countsNoTokenTwice() {
		this.gateway.replyWith(Reply.stream().content("a").finish("stop").event("", """
				{"choices":[],"usage":{"input_tokens":10,"output_tokens":5,\
				"input_tokens_details":{"audio_tokens":8,"image_tokens":8}}}""").done());
		this.apertis.chat("hello").completion().block(LIMIT);
		assertThat(byModality("input_tokens")).containsOnly(Map.entry("audio", 8.0), Map.entry("image", 2.0));
		assertThat(byModality("output_tokens")).containsOnly(Map.entry("text", 5.0));
	}

	@Test
	void tellsWhereTheGatewayIs() {
		this.gateway.replyWith(Reply.answer("a"));
		this.apertis.chat("hello").completion().block(LIMIT);
		URI gateway = URI.create(this.gateway.baseUrl());
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("server.address", gateway.getHost())
			.hasLowCardinalityKeyValue("server.port", Integer.toString(gateway.getPort()));
		Tags tags = Tags.of("server.address", gateway.getHost(), "server.port", Integer.toString(gateway.getPort()));
		assertThat(this.meters.get("gen_ai.client.inference.usage.input_tokens").tags(tags).counters()).isNotEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "https://api.apertis.ai/v1, api.apertis.ai, 443", "http://gateway_1/v1, gateway_1, 80",
			"HTTP://localhost:8080, localhost, 8080", "https://[::1]:8443/v1, [::1], 8443" })
	void knowsThePortThatIsNotNamed(String url, String host, int port) {
		assertThat(ServerAddress.of(url)).isEqualTo(new ServerAddress(host, port));
	}

	@Test
	void measuresUnderTheEarlierNamesToo() {
		this.observations.observationConfig().observationHandler(new EarlierNamesObservationHandler(this.meters));
		this.gateway.replyWith(Reply.stream().content("a").finish("stop").usage(11, 22).done(),
				Reply.error(400, "t", "c", "m"));
		this.apertis.chat("hello").completion().block(LIMIT);
		StepVerifier.create(this.apertis.chat("hello").content()).expectError().verify(LIMIT);
		assertThat(this.meters.get("gen_ai.client.operation.duration").tag("error.type", "none").timer().count())
			.isEqualTo(1);
		assertThat(this.meters.get("gen_ai.client.operation.duration").tag("error.type", "400").timer().count())
			.isEqualTo(1);
		assertThat(
				this.meters.get("gen_ai.client.token.usage").tag("gen_ai.token.type", "input").summary().totalAmount())
			.isEqualTo(11);
		assertThat(
				this.meters.get("gen_ai.client.token.usage").tag("gen_ai.token.type", "output").summary().totalAmount())
			.isEqualTo(22);
	}

	@Test
	void recordsACallThatFailedInsideTheStreamWithTheUsageSoFar() {
		this.gateway.replyWith(Reply.stream()
			.event("", "{\"choices\":[{\"delta\":{}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}")
			.errorEvent("server_error", "upstream_error", "Gone"));
		StepVerifier.create(this.apertis.chat("hello").content()).expectError().verify(LIMIT);
		assertRecorded("failed", "502");
		assertThat(tokens("input_tokens", true)).isEqualTo(3);
	}

	@Test
	void recordsACallThatFailedBeforeTheStreamWithoutTheNameOfTheModel() {
		this.gateway.replyWith(Reply.error(404, "invalid_request_error", "model_not_found", "No such model"));
		StepVerifier.create(this.apertis.chat(ChatCompletionRequest.of("invented", "hello")).content())
			.expectError()
			.verify(LIMIT);
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("gen_ai.request.model", "other")
			.hasLowCardinalityKeyValue("gen_ai.response.model", "none")
			.hasLowCardinalityKeyValue("error.type", "404")
			.hasLowCardinalityKeyValue("outcome", "failed");
		assertThat(this.meters.getMeters()).isEmpty();
	}

	@Test
	void countsTheTokensOfACallWhoseUsageWasNotTold() {
		ApertisClient counting = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("gpt-4o-mini")
			.observations(new ChatObservations(this.observations, null,
					new ChatObservationSettings(new JtokkitTokenEstimator(), ContentCapture.NONE, RetryListener.NONE)))
			.build();
		this.gateway.replyWith(Reply.answer("Hello", " world", "!"));
		counting.chat("hello").completion().block(LIMIT);
		assertThat(tokens("output_tokens", true)).isEqualTo(3);
		assertThat(tokens("input_tokens", true)).isBetween(1.0, 10.0);
		assertThat(this.meters.find("gen_ai.client.inference.usage.output_tokens").tag("estimated", "false").counter())
			.isNull();
	}

	@Test
	void guessesTheTokensOfACallWhoseUsageWasNotToldWithoutATokenizer() {
		this.gateway.replyWith(Reply.stream().content("a".repeat(4_000)).cut());
		StepVerifier.create(this.apertis.chat("hello").content()).expectNextCount(1).expectError().verify(LIMIT);
		assertThat(tokens("output_tokens", true)).isBetween(700.0, 1_300.0);
		assertThat(tokens("input_tokens", true)).isPositive();
	}

	@Test
	void recordsAnInterruptedCall() {
		this.gateway.replyWith(Reply.stream().content("a").cut());
		StepVerifier.create(this.apertis.chat("hello").content()).expectNext("a").expectError().verify(LIMIT);
		assertRecorded("interrupted", "StreamInterruptedException");
	}

	@Test
	void recordsACallForWhichThereIsNoKey() {
		AtomicBoolean vaultIsDown = new AtomicBoolean();
		ApertisClient client = ApertisClient.builder().baseUrl(this.gateway.baseUrl()).apiKey(() -> {
			if (vaultIsDown.get()) {
				throw new IllegalStateException("the vault is down");
			}
			return "key";
		}).defaultModel("gpt-4o-mini").observationRegistry(this.observations, null).build();
		vaultIsDown.set(true);
		StepVerifier.create(client.chat("hello").content())
			.expectErrorSatisfies((ex) -> assertThat(ex).isInstanceOf(ApertisException.class)
				.hasMessageContaining("The API key cannot be obtained"))
			.verify(LIMIT);
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasBeenStopped()
			.hasLowCardinalityKeyValue("outcome", "failed");
		assertThat(this.gateway.requests()).isEmpty();
	}

	@Test
	void recordsACancelledCall() {
		this.gateway.replyWith(Reply.stream().content("a").stall());
		StepVerifier.create(this.apertis.chat("hello").content()).expectNext("a").thenCancel().verify(LIMIT);
		// the verifier does not wait until the cancellation has come through
		Awaitility.await().atMost(LIMIT).untilAsserted(() -> assertRecorded("cancelled", "none"));
	}

	@Test
	void recordsABlockingStreamThatIsClosedEarly() {
		this.gateway.replyWith(Reply.stream().content("a").stall());
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			stream.iterator().next();
		}
		assertRecorded("cancelled", "none");
	}

	@Test
	void namesTheModelThatAnsweredInPlaceOfTheOneThatWasAsked() {
		this.gateway.replyWith(Reply.answer("a").header("X-Actual-Model", "claude-haiku"));
		this.apertis.chat("hello").completion().block(LIMIT);
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("gen_ai.request.model", "gpt-4o-mini")
			.hasLowCardinalityKeyValue("gen_ai.response.model", "claude-haiku");
	}

	@Test
	void doesNotLearnTheNameOfAModelThatDidNotAnswerItself() {
		for (int i = 0; i < 3; i++) {
			this.gateway
				.replyWith(Reply.answer("a").header("X-Fallback-Used", "true").header("X-Actual-Model", "gpt-4o-mini"));
			this.apertis.chat(ChatCompletionRequest.of("invented-" + i, "hello")).completion().block(LIMIT);
		}
		this.gateway.replyWith(Reply.answer("a"));
		this.apertis.chat(ChatCompletionRequest.of("x".repeat(1000), "hello")).completion().block(LIMIT);
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasNumberOfObservationsEqualTo(4)
			.forAllObservationsWithNameEqualTo(NAME,
					(observation) -> observation.hasLowCardinalityKeyValue("gen_ai.request.model", "other"));
	}

	@Test
	void measuresTheTimeBetweenChunksAndNoneBetweenThoseThatCameTogether() {
		this.observations.observationConfig().observationHandler(new ChunkTimingObservationHandler(this.meters));
		List<Long> intervals = new ArrayList<>();
		this.observations.observationConfig().observationHandler(new ObservationHandler<ChatObservationContext>() {

			@Override
			public void onStart(ChatObservationContext context) {
				context.onChunkInterval((nanos) -> intervals.add(TimeUnit.NANOSECONDS.toMillis(nanos)));
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return context instanceof ChatObservationContext;
			}

		});
		VirtualTimeScheduler clock = VirtualTimeScheduler.getOrSet();
		try {
			EventStream events = new EventStream(StreamLimits.DEFAULTS,
					new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS), (text) -> text,
					new ChatObservations(this.observations, null)
						.start(new ObservedRequest(ChatCompletionsApi.request("m", 1, true, new byte[0]),
								new ServerAddress("localhost", 80), (name) -> null), Context.empty()));
			clock.advanceTimeBy(Duration.ofMillis(70));
			events.onResponse(new HttpHeaders());
			assertThat(read(events, 1, clock)).isOne();
			clock.advanceTimeBy(Duration.ofMillis(50));
			assertThat(read(events, 3, clock)).isEqualTo(3);
			clock.advanceTimeBy(Duration.ofMillis(30));
			assertThat(read(events, 1, clock)).isOne();
			events.cancel();
		}
		finally {
			VirtualTimeScheduler.reset();
		}
		// a chunk of it takes 1 ms to be dealt with
		assertThat(intervals).containsExactly(51L, 0L, 0L, 33L);
		Timer first = this.meters.get("gen_ai.client.inference.time_to_first_chunk").timer();
		assertThat(first.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(70);
		Timer further = this.meters.get("gen_ai.client.inference.time_per_output_chunk").timer();
		assertThat(further.count()).isEqualTo(4);
		assertThat(further.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(84);
		assertThat(further.max(TimeUnit.MILLISECONDS)).isEqualTo(51);
	}

	/**
	 * Read some chunks that come in one buffer, and take a while for each.
	 */
	private static int read(EventStream events, int chunks, VirtualTimeScheduler clock) {
		String chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
		events.append(
				DefaultDataBufferFactory.sharedInstance.wrap(chunk.repeat(chunks).getBytes(StandardCharsets.US_ASCII)));
		int read = 0;
		while (events.next() != null) {
			clock.advanceTimeBy(Duration.ofMillis(1));
			read++;
		}
		return read;
	}

	@Test
	void isAChildOfTheObservationInTheContext() {
		this.gateway.replyWith(Reply.answer("a"));
		Observation parent = Observation.start("parent", this.observations);
		this.apertis.chat("hello")
			.completion()
			.contextWrite((context) -> context.put(ObservationThreadLocalAccessor.KEY, parent))
			.block(LIMIT);
		parent.stop();
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasObservationWithNameEqualTo(NAME)
			.that()
			.hasParentObservationEqualTo(parent);
	}

	private void assertRecorded(String outcome, String errorType) {
		TestObservationRegistryAssert.assertThat(this.observations)
			.hasSingleObservationThat()
			.hasNameEqualTo(NAME)
			.hasContextualNameEqualTo("chat gpt-4o-mini")
			.hasBeenStarted()
			.hasBeenStopped()
			.hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
			.hasLowCardinalityKeyValue("gen_ai.provider.name", "apertis")
			.hasLowCardinalityKeyValue("gen_ai.request.model", "gpt-4o-mini")
			.hasLowCardinalityKeyValue("gen_ai.response.model", "gpt-4o-mini")
			.hasLowCardinalityKeyValue("error.type", errorType)
			.hasLowCardinalityKeyValue("outcome", outcome);
	}

	private double tokens(String name, boolean estimated) {
		return this.meters.get("gen_ai.client.inference.usage." + name)
			.tag("estimated", Boolean.toString(estimated))
			.tag("gen_ai.request.model", "gpt-4o-mini")
			.counter()
			.count();
	}

}
