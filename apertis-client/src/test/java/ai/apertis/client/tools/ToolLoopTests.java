package ai.apertis.client.tools;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.error.GatewayException;
import ai.apertis.client.tools.ToolLoopEvent.Answer;
import ai.apertis.client.tools.ToolLoopEvent.Chunk;
import ai.apertis.client.tools.ToolLoopEvent.Result;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What the loop sends, calls and tells.
 */
class ToolLoopTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final ChatCompletionRequest QUESTION = ChatCompletionRequest.of("m", "Umbrella in Bern?");

	private static final Reply CALL = Reply.stream()
		.content("Let me see. ")
		.toolCall(0, "c1", "weather", "{\"city\"", ":\"Bern\"}")
		.finish("tool_calls")
		.done();

	private final List<String> asked = new CopyOnWriteArrayList<>();

	private final ToolFunction weather = ToolFunction.of("weather", "Tells the weather", Place.class, (place) -> {
		assertThat(Schedulers.isInNonBlockingThread()).isFalse();
		this.asked.add(place.city());
		return "Rain in " + place.city();
	});

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	private ToolLoop loop(ToolFunction... functions) {
		return new ToolLoop(this.apertis::chat, 3, functions);
	}

	@Test
	void streamsEachTurnAndTellsOfEachCall() {
		this.gateway.replyWith(CALL, Reply.answer("Take", " one."));
		StepVerifier.create(loop(this.weather).events(QUESTION).filter((event) -> !isSilent(event)))
			.expectNextMatches((event) -> isText(event, 1, "Let me see. "))
			.expectNextMatches((event) -> event instanceof Answer answer && answer.turn() == 1
					&& answer.completion().toolCalls().size() == 1 && answer.conversation().size() == 2)
			.expectNextMatches((event) -> event instanceof Result result && result.result().equals("Rain in Bern")
					&& result.call().id().equals("c1"))
			.expectNextMatches((event) -> isText(event, 2, "Take"))
			.expectNextMatches((event) -> isText(event, 2, " one."))
			.expectNextMatches((event) -> event instanceof Answer answer && answer.turn() == 2
					&& answer.completion().content().equals("Take one.") && answer.conversation().size() == 4)
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.asked).containsExactly("Bern");
	}

	private static boolean isSilent(ToolLoopEvent event) {
		return event instanceof Chunk chunk && chunk.chunk().content().isEmpty();
	}

	private static boolean isText(ToolLoopEvent event, int turn, String text) {
		return event instanceof Chunk chunk && chunk.turn() == turn && chunk.chunk().content().equals(text);
	}

	@Test
	void goesOnWithTheConversation() throws Exception {
		this.gateway.replyWith(CALL, Reply.answer("Take one."));
		ChatCompletionRequest forced = QUESTION.mutate().toolChoiceFunction("weather").build();
		assertThat(loop(this.weather).completion(forced).map((answer) -> answer.content()).block(LIMIT))
			.isEqualTo("Take one.");
		JsonNode first = JsonMapper.shared().readTree(this.gateway.takeRequest().body());
		assertThat(first.path("tools").get(0).path("function").path("parameters").path("required"))
			.isEqualTo(JsonMapper.shared().readTree("[\"city\"]"));
		assertThat(first.path("tool_choice").isObject()).isTrue();
		JsonNode second = JsonMapper.shared().readTree(this.gateway.takeRequest().body());
		assertThat(second.path("tool_choice").asString()).isEqualTo("auto");
		assertThat(second.path("tools")).isEqualTo(first.path("tools"));
		assertThat(second.path("messages")).isEqualTo(JsonMapper.shared().readTree("""
				[{"role":"user","content":"Umbrella in Bern?"},
				{"role":"assistant","content":"Let me see. ","tool_calls":[{"id":"c1","type":"function",
				"function":{"name":"weather","arguments":"{\\"city\\":\\"Bern\\"}"}}]},
				{"role":"tool","content":"Rain in Bern","tool_call_id":"c1"}]"""));
	}

	@Test
	void runsAllCallsOfATurnInTheirOrder() throws Exception {
		this.gateway.replyWith(Reply.stream()
			.toolCall(0, "c1", "weather", "{\"city\":\"Bern\"}")
			.toolCall(1, "c2", "time", "")
			.finish("tool_calls")
			.done(), Reply.answer("ok"));
		ToolFunction time = ToolFunction.reactive("time", "Tells the time", Nothing.class,
				(nothing) -> Mono.just(List.of(12, 30)));
		assertThat(loop(this.weather, time).content(QUESTION).blockLast(LIMIT)).isEqualTo("ok");
		this.gateway.takeRequest();
		JsonNode messages = JsonMapper.shared().readTree(this.gateway.takeRequest().body()).path("messages");
		assertThat(messages.get(2).path("content").asString()).isEqualTo("Rain in Bern");
		assertThat(messages.get(3).path("content").asString()).isEqualTo("[12,30]");
	}

	@Test
	void sendsAnEmptyTextForAFunctionThatGivesNothing() throws Exception {
		this.gateway.replyWith(CALL, Reply.answer("ok"));
		loop(ToolFunction.of("weather", "d", Place.class, (place) -> null)).completion(QUESTION).block(LIMIT);
		this.gateway.takeRequest();
		assertThat(this.gateway.takeRequest().body()).contains("{\"role\":\"tool\",\"content\":\"\"");
	}

	@Test
	void failsWhenTheModelNeverStopsAsking() {
		this.gateway.otherwise((request) -> CALL);
		assertThatExceptionOfType(ToolException.class)
			.isThrownBy(() -> loop(this.weather).completion(QUESTION).block(LIMIT))
			.withMessageContaining("raise maxTurns")
			.satisfies((ex) -> assertThat(ex.partialCompletion()).isPresent());
		assertThat(this.gateway.requests()).hasSize(3);
		assertThat(this.asked).hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "length", "content_filter", "max_tokens" })
	void callsNothingOfATurnThatWasCutOff(String finishReason) {
		this.gateway
			.replyWith(Reply.stream().toolCall(0, "c1", "weather", "{\"city\":\"Ber").finish(finishReason).done());
		assertThatExceptionOfType(ToolException.class)
			.isThrownBy(() -> loop(this.weather).completion(QUESTION).block(LIMIT))
			.withMessageContaining("cut off");
		assertThat(this.asked).isEmpty();
	}

	@Test
	void callsNothingOfATurnThatFails() {
		this.gateway.replyWith(Reply.stream()
			.toolCall(0, "c1", "weather", "{\"city\":\"Bern\"}")
			.errorEvent("server_error", "internal_error", "Oops"));
		assertThatExceptionOfType(GatewayException.class)
			.isThrownBy(() -> loop(this.weather).completion(QUESTION).block(LIMIT));
		assertThat(this.asked).isEmpty();
	}

	@Test
	void failsWithTheFailureOfAFunction() {
		this.gateway.replyWith(CALL, Reply.answer("never"));
		IllegalStateException failure = new IllegalStateException("no connection");
		ToolFunction broken = ToolFunction.of("weather", "d", Place.class, (place) -> {
			throw failure;
		});
		assertThatExceptionOfType(ToolException.class).isThrownBy(() -> loop(broken).completion(QUESTION).block(LIMIT))
			.withMessageContaining("weather")
			.withCause(failure);
		assertThat(this.gateway.requests()).hasSize(1);
	}

	static Stream<ToolFunction> functionsThatCannotRun() {
		return Stream.of(ToolFunction.of("weather", "d", Place.class, (place) -> {
			throw new NoClassDefFoundError("missing");
		}), ToolFunction.reactive("weather", "d", Place.class, (place) -> {
			throw new StackOverflowError();
		}));
	}

	@ParameterizedTest
	@MethodSource("functionsThatCannotRun")
	void failsAtAFunctionThatCannotRun(ToolFunction function) {
		this.gateway.replyWith(CALL);
		assertThatExceptionOfType(ToolException.class)
			.isThrownBy(() -> loop(function).completion(QUESTION).block(LIMIT))
			.withStackTraceContaining("cannot run");
	}

	@Test
	void callsNoFunctionWithoutItsArguments() {
		this.gateway.replyWith(Reply.stream().toolCall(0, "c1", "weather", "").finish("tool_calls").done());
		assertThatExceptionOfType(ToolException.class)
			.isThrownBy(() -> loop(this.weather).completion(QUESTION).block(LIMIT))
			.withStackTraceContaining("The argument 'city' is missing");
		assertThat(this.asked).isEmpty();
	}

	@Test
	void failsAtAFunctionThatIsNotThere() {
		this.gateway.replyWith(CALL);
		assertThatExceptionOfType(ToolException.class).isThrownBy(() -> loop().completion(QUESTION).block(LIMIT))
			.withMessageContaining("unknown tool 'weather'; there is none")
			.withCauseInstanceOf(UnknownToolException.class);
	}

	@Test
	void namesAToolThatIsUnknownAndThoseThatAreNot() {
		String name = "wea\nther" + "x".repeat(500);
		this.gateway.replyWith(Reply.stream().toolCall(0, "c1", name, "{}").finish("tool_calls").done());
		assertThatExceptionOfType(ToolException.class)
			.isThrownBy(() -> loop(this.weather).completion(QUESTION).block(LIMIT))
			.withMessageContaining("unknown tool 'wea therx")
			.withMessageContaining("there is weather;")
			.satisfies((failure) -> {
				assertThat(failure.getMessage()).hasSizeLessThan(250).doesNotContain("\n");
				assertThat(((UnknownToolException) failure.getCause()).tool()).isEqualTo(name);
			});
	}

	@Test
	void runsAFunctionWithoutParameters() throws Exception {
		this.gateway.replyWith(Reply.stream().toolCall(0, "c1", "now", "").finish("tool_calls").done(),
				Reply.answer("Noon"));
		ToolLoop loop = loop(ToolFunction.of("now", "Tells the time", () -> "12:00"));
		assertThat(loop.content(QUESTION).blockLast(LIMIT)).isEqualTo("Noon");
		JsonNode tool = JsonMapper.shared().readTree(this.gateway.takeRequest().body()).at("/tools/0/function");
		assertThat(tool.path("parameters")).isEqualTo(JsonMapper.shared()
			.readTree("{\"type\":\"object\",\"properties\":{},\"required\":[],\"additionalProperties\":false}"));
		assertThat(this.gateway.takeRequest().body()).contains("12:00");
	}

	@ParameterizedTest
	@ValueSource(strings = { "weather", "unknown" })
	void tellsTheModelOfFailuresWhenAskedTo(String name) throws Exception {
		this.gateway.replyWith(Reply.stream().toolCall(0, "c1", name, "no JSON").finish("tool_calls").done(),
				Reply.answer("Sorry"));
		ToolLoop loop = loop(this.weather)
			.onFailure((call, failure) -> Optional.ofNullable(call.name()).orElse("?") + " failed");
		assertThat(loop.content(QUESTION).blockLast(LIMIT)).isEqualTo("Sorry");
		this.gateway.takeRequest();
		assertThat(this.gateway.takeRequest().body()).contains(name + " failed");
		assertThat(this.asked).isEmpty();
	}

	@Test
	void closesTheConnectionWhenCancelled() throws Exception {
		this.gateway.replyWith(CALL, Reply.stream().content("Take").stall());
		StepVerifier.create(loop(this.weather).content(QUESTION))
			.expectNext("Let me see. ", "Take")
			.thenCancel()
			.verify(LIMIT);
		this.gateway.takeRequest();
		assertThat(this.gateway.takeRequest().awaitClosed(LIMIT)).isTrue();
	}

	@Test
	void endsWithATurnWhoseCallsHaveNoName() {
		this.gateway.replyWith(Reply.stream()
			.content("Well.")
			.event("", "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\"}]}}]}")
			.finish("stop")
			.done());
		assertThat(loop(this.weather).content(QUESTION).blockLast(LIMIT)).isEqualTo("Well.");
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void declaresTheFunctionsInTheirOrder() throws Exception {
		this.gateway.replyWith(Reply.answer("ok"));
		ToolFunction[] functions = Stream.of("delta", "alpha", "epsilon", "beta", "gamma")
			.map((name) -> ToolFunction.of(name, "d", Nothing.class, (nothing) -> ""))
			.toArray(ToolFunction[]::new);
		loop(functions).completion(QUESTION).block(LIMIT);
		assertThat(JsonMapper.shared().readTree(this.gateway.takeRequest().body()).path("tools"))
			.extracting((tool) -> tool.path("function").path("name").asString())
			.containsExactly("delta", "alpha", "epsilon", "beta", "gamma");
		assertThatIllegalArgumentException().isThrownBy(() -> loop(functions[0], functions[0]))
			.withMessageContaining("delta");
	}

	@Test
	void refusesToRunWithoutTurns() {
		assertThatIllegalArgumentException().isThrownBy(() -> new ToolLoop(this.apertis::chat, 0));
	}

	private record Place(String city) {
	}

	private record Nothing() {
	}

}
