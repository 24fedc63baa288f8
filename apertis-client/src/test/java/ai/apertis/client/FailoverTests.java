package ai.apertis.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.GatewayException;
import ai.apertis.client.error.InvalidRequestException;
import ai.apertis.client.error.NotFoundException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * When a further model is asked, when an answer is asked for anew, and when neither is.
 */
class FailoverTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final UnaryOperator<CallOptions> OTHERS = (options) -> options.withFailover("second", "third");

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	private final List<ResponseMetadata> answers = new ArrayList<>();

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("first")
			.retryPolicy(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(5)))
			.build();
	}

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	private ChatCall call() {
		return this.apertis.chat("hello").options(OTHERS).onResponse(this.answers::add);
	}

	private static String content(ChatCompletion completion) {
		return completion.content();
	}

	private List<String> modelsAsked() {
		return this.gateway.requests()
			.stream()
			.map((request) -> JsonMapper.shared().readTree(request.body()).path("model").asString())
			.toList();
	}

	static Stream<Reply> failures() {
		return Stream.of(Reply.error(503, "server_error", "model_overloaded", "Busy"), Reply.hangUp(),
				Reply.stream().errorEvent("server_error", "model_overloaded", "Busy"));
	}

	@ParameterizedTest
	@MethodSource("failures")
	void asksTheNextModelWhenTheAttemptsOfTheOneBeforeAreSpent(Reply failure) {
		this.gateway.replyWith(failure, failure, failure, failure, Reply.answer("at last"));
		assertThat(call().content().blockLast(LIMIT)).isEqualTo("at last");
		assertThat(modelsAsked()).containsExactly("first", "first", "second", "second", "third");
		assertAnsweredBy("third");
	}

	static Stream<Reply> failuresOfWholeAnswers() {
		return Stream.of(Reply.error(503, "server_error", "model_overloaded", "Busy"), Reply.hangUp(),
				Reply.json(200, "{\"error\":{\"message\":\"Busy\",\"type\":\"server_error\"}}"),
				Reply.status(200).header("Content-Type", "application/json").raw("{\"choices\":").cut());
	}

	@ParameterizedTest
	@MethodSource("failuresOfWholeAnswers")
	void asksTheNextModelForAWholeAnswerToo(Reply failure) {
		this.gateway.replyWith(failure, failure, Reply.completion("at last", 1, 2));
		assertThat(call().call().map(FailoverTests::content).block(LIMIT)).isEqualTo("at last");
		assertThat(modelsAsked()).containsExactly("first", "first", "second");
		assertAnsweredBy("second");
	}

	private void assertAnsweredBy(String model) {
		assertThat(this.answers).singleElement().satisfies((metadata) -> {
			assertThat(metadata.actualModel()).contains(model);
			assertThat(metadata.isFallbackUsed()).isTrue();
			assertThat(metadata.fallbackFrom()).contains("first");
			assertThat(metadata.fallbackReason()).isPresent();
		});
	}

	@Test
	void asksTheNextModelWhenTheFirstChunkTakesTooLong() throws Exception {
		this.gateway.replyWith(Reply.stream().comment("thinking").stall(), Reply.answer("in time"));
		try (ChatStream stream = call().options((options) -> options.withFirstChunkTimeout(Duration.ofMillis(300)))
			.open()) {
			assertThat(stream.iterator().next().content()).isEqualTo("in time");
			assertThat(stream.metadata().actualModel()).contains("second");
			assertThat(stream.metadata().fallbackReason()).contains("first_chunk_timeout");
		}
		assertThat(modelsAsked()).containsExactly("first", "second");
		assertThat(this.gateway.takeRequest().awaitClosed(LIMIT)).isTrue();
	}

	@Test
	void namesTheFirstModelWhenThatOneAnswers() {
		this.gateway.replyWith(Reply.answer("ok"));
		assertThat(call().content().blockLast(LIMIT)).isEqualTo("ok");
		assertThat(this.answers).singleElement().satisfies((metadata) -> {
			assertThat(metadata.actualModel()).contains("first");
			assertThat(metadata.isFallbackUsed()).isFalse();
		});
	}

	@Test
	void asksTheNextModelWhenOneDoesNotExist() {
		this.gateway.replyWith(Reply.error(404, "invalid_request_error", "model_not_found", "No such model"),
				Reply.answer("ok").header("X-Actual-Model", "second-20260101"));
		assertThat(call().content().blockLast(LIMIT)).isEqualTo("ok");
		assertThat(modelsAsked()).containsExactly("first", "second");
		assertAnsweredBy("second-20260101");
	}

	@Test
	void waitsForAsLongAsTheGatewayGoesThroughItsOwnFallbackModels() {
		this.gateway.replyWith(
				Reply.stream().comment("trying").pause(Duration.ofMillis(600)).content("ok").finish("stop").done());
		ChatCompletionRequest request = ChatCompletionRequest.builder()
			.user("hello")
			.fallback(Duration.ofSeconds(5), "second")
			.build();
		assertThat(this.apertis.chat(request)
			.options((options) -> options.withFirstChunkTimeout(Duration.ofMillis(300)))
			.content()
			.blockLast(LIMIT)).isEqualTo("ok");
	}

	@Test
	void failsWithTheFailureOfTheLastModel() {
		this.gateway.otherwise((request) -> Reply.error(500, "t", "c",
				JsonMapper.shared().readTree(request.body()).path("model").asString()));
		assertThatExceptionOfType(GatewayException.class).isThrownBy(() -> call().content().blockLast(LIMIT))
			.withMessageContaining("third");
		assertThat(this.gateway.requests()).hasSize(6);
	}

	@Test
	void doesNotAskAnotherModelForWhatNoneCanDo() {
		this.gateway.replyWith(Reply.error(400, "t", "invalid_request", "Bad"));
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> call().content().blockLast(LIMIT));
		this.gateway.replyWith(Reply.error(404, "t", "endpoint_not_found", "Bad"));
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> call().content().blockLast(LIMIT));
		assertThat(this.gateway.requests()).hasSize(2);
	}

	@Test
	void neverGoesOnWithAnotherModelWhatHasBeenHandedOn() {
		this.gateway.replyWith(Reply.stream().content("begun").cut(), Reply.answer("never"));
		assertThatExceptionOfType(StreamInterruptedException.class).isThrownBy(() -> call().content().blockLast(LIMIT));
		assertThat(this.gateway.requests()).hasSize(1);
	}

	static Stream<Reply> brokenAnswers() {
		return Stream.of(Reply.stream().content("begun").cut(), Reply.stream().content("begun").reset(),
				Reply.stream().content("begun"), Reply.stream().content("begun").done(),
				Reply.stream().content("begun").errorEvent("server_error", "model_overloaded", "Busy"));
	}

	@ParameterizedTest
	@MethodSource("brokenAnswers")
	void asksAnewForACollectedAnswerThatBreaksOff(Reply broken) {
		this.gateway.replyWith(broken, Reply.answer("the", " whole"));
		assertThat(call().completion().map(FailoverTests::content).block(LIMIT)).isEqualTo("the whole");
		assertThat(modelsAsked()).containsExactly("first", "first");
	}

	/**
	 * Each attempt that stalls takes as long as the limit for silence.
	 */
	@Test
	void asksTheNextModelAtOnceForACollectedAnswerThatStalls() {
		Reply stalled = Reply.stream().content("begun").stall();
		this.gateway.replyWith(stalled, stalled, Reply.answer("the", " whole"));
		ChatCall call = call().options((options) -> options.withIdleTimeout(Duration.ofMillis(300)));
		assertThat(call.completion().map(FailoverTests::content).block(LIMIT)).isEqualTo("the whole");
		assertThat(modelsAsked()).containsExactly("first", "second", "third");
	}

	@Test
	void asksTheOnlyModelOnceMoreForACollectedAnswerThatStalls() {
		this.gateway.otherwise((request) -> Reply.stream().content("begun").stall());
		try (ApertisClient patient = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("only")
			.retryPolicy(new RetryPolicy(5, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(5)))
			.build()) {
			ChatCall call = patient.chat("hello").options((options) -> options.withIdleTimeout(Duration.ofMillis(300)));
			assertThatExceptionOfType(StreamTimeoutException.class).isThrownBy(() -> call.completion().block(LIMIT));
		}
		assertThat(modelsAsked()).containsExactly("only", "only");
	}

	@ParameterizedTest
	@ValueSource(strings = { "context_length_exceeded", "model_access_denied", "content_policy_violation",
			"unsupported_parameter" })
	void asksTheNextModelForWhatOnlyTheFirstRefuses(String code) {
		this.gateway.replyWith(Reply.error(400, "invalid_request_error", code, "Not by me"), Reply.answer("ok"));
		assertThat(call().content().blockLast(LIMIT)).isEqualTo("ok");
		assertThat(modelsAsked()).containsExactly("first", "second");
	}

	@Test
	void asksAnotherModelForACollectedAnswerThatBreaksOffAgainAndAgain() {
		Reply broken = Reply.stream().content("begun").cut();
		this.gateway.replyWith(broken, broken, Reply.answer("the whole"));
		assertThat(call().completion().map(FailoverTests::content).block(LIMIT)).isEqualTo("the whole");
		assertThat(modelsAsked()).containsExactly("first", "first", "second");
	}

	@Test
	void countsTheAttemptsOfACollectedAnswerTogether() {
		this.gateway.replyWith(Reply.status(503), Reply.stream().content("begun").cut(), Reply.answer("never"));
		assertThatExceptionOfType(StreamInterruptedException.class)
			.isThrownBy(() -> this.apertis.chat("hello").completion().block(LIMIT))
			.satisfies((ex) -> assertThat(ex.partialCompletion().orElseThrow().content()).isEqualTo("begun"));
		assertThat(this.gateway.requests()).hasSize(2);
	}

	@Test
	void losesNothingThatAnEarlierAttemptHasReceived() {
		this.gateway.replyWith(Reply.stream().content("begun").cut(), Reply.error(500, "t", "c", "m"));
		assertThatExceptionOfType(ApertisApiException.class)
			.isThrownBy(() -> this.apertis.chat("hello").completion().block(LIMIT))
			.satisfies((ex) -> assertThat(ex.partialCompletion().orElseThrow().content()).isEqualTo("begun"));
	}

	@Test
	void doesNotAskAnewForWhatTakesTooLongInAll() {
		this.gateway.replyWith(Reply.stream().content("begun").stall(), Reply.answer("never"));
		assertThatExceptionOfType(StreamInterruptedException.class).isThrownBy(() -> this.apertis.chat("hello")
			.options((options) -> options.withTotalTimeout(Duration.ofMillis(300)))
			.completion()
			.block(LIMIT));
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void asksTheNextModelRatherThanWaitForLongerThanTheTotal() {
		this.gateway.replyWith(Reply.error(429, "t", "c", "m").header("Retry-After", "4"), Reply.answer("at once"));
		assertThat(
				call().options((options) -> options.withTotalTimeout(Duration.ofSeconds(3))).content().blockLast(LIMIT))
			.isEqualTo("at once");
		assertThat(modelsAsked()).containsExactly("first", "second");
	}

	@Test
	void waitsForNoRetryBeyondTheTotal() {
		this.gateway.replyWith(Reply.error(429, "t", "c", "m").header("Retry-After", "4"), Reply.answer("never"));
		assertThatExceptionOfType(ApertisApiException.class).isThrownBy(() -> this.apertis.chat("hello")
			.options((options) -> options.withTotalTimeout(Duration.ofSeconds(3)))
			.content()
			.blockLast(LIMIT));
		assertThat(this.gateway.requests()).hasSize(1);
	}

}
