package ai.apertis.client.observation;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ApertisClientBuilder;
import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A call leaves one record, however many attempts it takes, and each attempt that has
 * cost something is in it.
 */
class AttemptCostTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Duration SHORT = Duration.ofMillis(300);

	/** The prompt "hi" with its frame. */
	private static final long PROMPT = 8;

	private static final String ANSWER = "The quick brown fox jumps over the lazy dog, and runs away.";

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private final List<ChatObservationContext> ended = new CopyOnWriteArrayList<>();

	private final AtomicInteger repeats = new AtomicInteger();

	private @Nullable TokenEstimator estimator;

	private volatile boolean failing;

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	@Test
	void aCompletionThatWasCutTwiceLeavesOneRecord() {
		this.gateway.replyWith(Reply.stream().content("Hel", "lo").cut(),
				Reply.stream().content("Hel").usage(11, 1).cut(),
				Reply.stream().content("Hello").finish("stop").usage(11, 22).done());
		ChatCompletion answer = client().chat("hi").completion().block(LIMIT);
		assertThat(answer).isNotNull();
		assertThat(answer.content()).isEqualTo("Hello");
		assertOneRecord(Outcome.COMPLETED, PROMPT + 11 + 11, 2 + 1 + 22, true);
	}

	@Test
	void aCompletionThatFailsInAllAttemptsLeavesOneRecord() {
		Reply cut = Reply.stream().content("Hello").usage(11, 1).cut();
		this.gateway.replyWith(cut, cut, cut);
		assertThatExceptionOfType(StreamInterruptedException.class)
			.isThrownBy(() -> client().chat("hi").completion().block(LIMIT));
		assertOneRecord(Outcome.INTERRUPTED, 33, 3, true);
	}

	@Test
	void attemptsThatCostNothingLeaveTheUsageExact() {
		this.gateway.replyWith(Reply.error(503, "t", "c", "m"), Reply.error(429, "t", "c", "m"),
				Reply.stream().content("Hello").finish("stop").usage(11, 22).done());
		client().chat("hi").completion().block(LIMIT);
		assertOneRecord(Outcome.COMPLETED, 11, 22, false);
	}

	@Test
	void aCompletionThatIsGivenUpBetweenItsAttemptsLeavesOneRecord() {
		this.gateway.replyWith(Reply.stream().content("Hello").usage(11, 1).cut());
		ApertisClient patient = builder()
			.retryPolicy(new RetryPolicy(2, Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1), null))
			.build();
		Disposable call = patient.chat("hi").completion().subscribe();
		Awaitility.await().atMost(LIMIT).until(() -> this.gateway.requests().size() == 1);
		CompletableFuture<Void> ended = CompletableFuture
			.runAsync(() -> Awaitility.await().atMost(LIMIT).pollDelay(Duration.ofMillis(500)).until(() -> true));
		ended.join();
		assertThat(this.ended).isEmpty();
		call.dispose();
		assertOneRecord(Outcome.CANCELLED, 11, 1, true);
	}

	@Test
	void aMalformedChunkIsRepeatedAndCounted() {
		this.gateway.replyWith(Reply.stream().content("Hel").event("", "{\"choices\":rubbish"),
				Reply.stream().content("Hello").finish("stop").usage(11, 22).done());
		client().chat("hi").completion().block(LIMIT);
		assertOneRecord(Outcome.COMPLETED, PROMPT + 11, 1 + 22, true);
	}

	@Test
	void aPromptThatWasReadInVainIsCounted() {
		this.gateway.replyWith(Reply.never(), Reply.stream().content("Hello").finish("stop").usage(11, 22).done());
		client().chat("hi").options((options) -> options.withFailover("other")).content().blockLast(LIMIT);
		assertOneRecord(Outcome.COMPLETED, PROMPT + 11, 22, true);
	}

	@Test
	void aWholeAnswerMayTakeLongerThanAFirstChunk() throws Exception {
		this.gateway.replyWith(Reply.status(200).header("Content-Type", "application/json").hold().raw("""
				{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],
				"usage":{"prompt_tokens":11,"completion_tokens":22}}"""));
		CompletableFuture<ChatCompletion> answer = builder().streamLimits(limits().withWholeResponseTimeout(LIMIT))
			.build()
			.chat("hi")
			.call()
			.toFuture();
		assertThat(answer).isNotCompleted();
		this.gateway.takeRequest();
		Awaitility.await().pollDelay(SHORT.multipliedBy(2)).until(() -> true);
		this.gateway.release();
		assertThat(answer).succeedsWithin(LIMIT);
		assertOneRecord(Outcome.COMPLETED, 11, 22, false);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 30, 2_000 })
	void aWholeAnswerThatTakesTooLongIsCounted(int most) {
		this.gateway.replyWith(Reply.never());
		ChatCompletionRequest.Builder request = ChatCompletionRequest.builder().model("m").user("hi");
		ChatCompletionRequest limited = ((most > 0) ? request.maxTokens(most) : request).parameter("n", 2).build();
		assertThatExceptionOfType(StreamTimeoutException.class)
			.isThrownBy(() -> client().chat(limited).call().block(LIMIT))
			.satisfies((failure) -> assertThat(failure.limit()).isEqualTo(Limit.WHOLE_RESPONSE));
		assertOneRecord(Outcome.INTERRUPTED, PROMPT, 2 * ((most == 30) ? 30 : 500), true);
	}

	@Test
	void aWholeAnswerThatIsHungUpIsCounted() {
		this.gateway.replyWith(Reply.never());
		Disposable call = client().chat("hi").call().subscribe();
		Awaitility.await().atMost(LIMIT).until(() -> this.gateway.requests().size() == 1);
		call.dispose();
		assertOneRecord(Outcome.CANCELLED, PROMPT, 500, true);
	}

	@Test
	void ofAWholeAnswerThatIsCutWhatHasComeIsCountedAndKept() {
		Reply cut = Reply
			.json(200,
					"{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
							+ ANSWER)
			.cut();
		this.gateway.replyWith(cut, cut, cut);
		assertThatExceptionOfType(StreamInterruptedException.class)
			.isThrownBy(() -> client().chat("hi").call().block(LIMIT))
			.satisfies(
					(failure) -> assertThat(failure.partialCompletion().map(ChatCompletion::content)).contains(ANSWER));
		assertOneRecord(Outcome.INTERRUPTED, 3 * PROMPT, 3 * 14, true);
	}

	@Test
	void aWholeAnswerThatIsSilentInItsMidstIsGivenUp() {
		Reply stalled = Reply.json(200, "{\"choices\":[{\"message\":{\"content\":\"" + ANSWER).stall();
		this.gateway.replyWith(stalled, stalled);
		StreamLimits limits = new StreamLimits(LIMIT, SHORT, null, null, 1024, true);
		assertThatExceptionOfType(StreamTimeoutException.class)
			.isThrownBy(() -> builder().streamLimits(limits).build().chat("hi").call().block(LIMIT))
			.satisfies((failure) -> assertThat(failure.limit()).isEqualTo(Limit.IDLE));
		assertOneRecord(Outcome.INTERRUPTED, 2 * PROMPT, 2 * 14, true);
	}

	@Test
	void aWholeAnswerThatEndsInItsMidstIsAskedForAgain() {
		this.gateway.replyWith(Reply.json(200, "{\"choices\":[{\"message\":{\"content\":\"Hel"),
				Reply.completion("Hello", 11, 22));
		ChatCompletion answer = client().chat("hi").call().block(LIMIT);
		assertThat(answer).isNotNull();
		assertThat(answer.content()).isEqualTo("Hello");
		assertOneRecord(Outcome.COMPLETED, PROMPT + 11, 1 + 22, true);
	}

	@Test
	void usageThatHasComeIsNotLostByAHangUpInTheSameInstant() {
		this.gateway.replyWith(Reply.stream().raw("""
				data: {"choices":[{"index":0,"delta":{"content":"a"}}]}

				data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

				data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":22,"total_tokens":33}}

				""").stall());
		client().chat("hi").chunks().take(1).blockLast(LIMIT);
		Awaitility.await().atMost(LIMIT).until(() -> !this.ended.isEmpty());
		Usage usage = this.ended.get(0).usage();
		assertThat(usage).isNotNull();
		assertThat(usage.inputTokens()).isEqualTo(11);
		assertThat(usage.outputTokens()).isEqualTo(22);
	}

	@Test
	void anEstimatorThatFailsNeitherStopsARetryNorLosesTheCost() {
		this.gateway.replyWith(Reply.stream().content("Hel", "lo").cut(),
				Reply.stream().content("Hello").finish("stop").usage(11, 22).done());
		this.estimator = (text, model) -> {
			throw new IllegalStateException("No such model");
		};
		client().chat("hi").completion().block(LIMIT);
		assertOneRecord(Outcome.COMPLETED, PROMPT + 11, 2 + 22, true);
	}

	@Test
	void aHandlerThatFailsLosesNoAnswer() {
		this.gateway.replyWith(Reply.stream().content("Hello").finish("stop").usage(11, 22).done());
		this.failing = true;
		ChatCompletion answer = client().chat("hi").completion().block(LIMIT);
		assertThat(answer).isNotNull();
		assertThat(answer.content()).isEqualTo("Hello");
	}

	@Test
	void aCallThatCannotBeMadeLeavesOneRecord() {
		this.gateway.close();
		assertThatExceptionOfType(ApertisException.class)
			.isThrownBy(() -> client().chat("hi").completion().block(LIMIT));
		assertThat(this.ended).singleElement().satisfies((call) -> {
			assertThat(call.outcome()).isEqualTo(Outcome.INTERRUPTED);
			assertThat(call.usage()).isNull();
		});
	}

	private void assertOneRecord(Outcome outcome, long input, long output, boolean estimated) {
		Awaitility.await().atMost(LIMIT).until(() -> !this.ended.isEmpty());
		assertThat(this.ended).singleElement().satisfies((call) -> {
			assertThat(call.outcome()).isEqualTo(outcome);
			Usage usage = call.usage();
			assertThat(usage).isNotNull();
			assertThat(usage.inputTokens()).isEqualTo(input);
			assertThat(usage.outputTokens()).isEqualTo(output);
			assertThat(call.isEstimated()).isEqualTo(estimated);
		});
	}

	private static StreamLimits limits() {
		return new StreamLimits(SHORT, LIMIT, null, null, 64 * 1024, true).withWholeResponseTimeout(SHORT);
	}

	private ApertisClient client() {
		return builder().build();
	}

	private ApertisClientBuilder builder() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new ObservationHandler<ChatObservationContext>() {

			@Override
			public void onStop(ChatObservationContext context) {
				AttemptCostTests.this.ended.add(context);
				if (AttemptCostTests.this.failing) {
					throw new IllegalStateException("The handler fails");
				}
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return context instanceof ChatObservationContext;
			}

		});
		return ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.streamLimits(limits())
			.retryPolicy(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(1), null))
			.observations(new ChatObservations(registry, null,
					new ChatObservationSettings(this.estimator, ChatObservationSettings.DEFAULTS.capture(),
							(model, errorType, otherModel) -> this.repeats.incrementAndGet())));
	}

}
