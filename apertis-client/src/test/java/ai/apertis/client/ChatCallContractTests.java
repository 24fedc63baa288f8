package ai.apertis.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.FinishReason;
import ai.apertis.client.chat.Model;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.AuthenticationException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.EventTooLargeException;
import ai.apertis.client.error.GatewayException;
import ai.apertis.client.error.InvalidRequestException;
import ai.apertis.client.error.MalformedChunkException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.RateLimitException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Calls over a real connection, in each of the forms in which an answer can be had,
 * whatever HTTP client makes them.
 */
abstract class ChatCallContractTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final String KEY = "sk-secret-0123456789abcdef";

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		StreamLimits limits = new StreamLimits(Duration.ofSeconds(2), Duration.ofSeconds(1), null, null, 64 * 1024,
				true)
			.withWholeResponseTimeout(Duration.ofSeconds(2));
		this.apertis = transport(ApertisClient.builder()).baseUrl(this.gateway.baseUrl() + "/")
			.apiKey(" " + KEY + "\n")
			.defaultModel("gpt-4o-mini")
			.defaultParameter("temperature", 0.5)
			.streamLimits(limits)
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	/**
	 * Choose the HTTP client.
	 */
	abstract ApertisClientBuilder transport(ApertisClientBuilder builder);

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	@Test
	void sendsTheRequestWithKeyAndDefaults() throws Exception {
		this.gateway.replyWith(Reply.answer("ok"));
		this.apertis
			.chat(ChatCompletionRequest.builder()
				.system("Be brief")
				.user("hello")
				.temperature(0.1)
				.parameter("reasoning", Map.of("effort", "low"))
				.build())
			.completion()
			.block(LIMIT);
		RecordedRequest request = this.gateway.takeRequest();
		assertThat(request).hasToString("POST /v1/chat/completions");
		assertThat(request.header("Authorization")).contains("Bearer " + KEY);
		assertThat(request.header("Accept")).contains("text/event-stream");
		assertThat(request.header("Content-Type")).contains("application/json");
		JsonNode expected = JsonMapper.shared().readTree("""
				{"model":"gpt-4o-mini","temperature":0.1,"reasoning":{"effort":"low"},"stream":true,
				"stream_options":{"include_usage":true},
				"messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"hello"}]}""");
		assertThat(JsonMapper.shared().readTree(request.body())).isEqualTo(expected);
	}

	@Test
	void leavesUsageOutWhenTheRequestSaysSo() throws Exception {
		this.gateway.replyWith(Reply.answer("ok"));
		this.apertis.chat(ChatCompletionRequest.builder().user("hello").includeUsage(false).build())
			.completion()
			.block(LIMIT);
		assertThat(this.gateway.takeRequest().body()).contains("\"include_usage\":false");
	}

	@Test
	void streamsChunksAsTheyCome() {
		this.gateway.replyWith(Reply.stream().content("a").hold().content("b").finish("stop").usage(1, 2).done());
		StepVerifier.create(this.apertis.chat("hello").chunks())
			.expectNextMatches((chunk) -> chunk.content().equals("a"))
			.then(this.gateway::release)
			.expectNextMatches((chunk) -> chunk.content().equals("b"))
			.expectNextMatches((chunk) -> FinishReason.STOP.equals(chunk.choices().get(0).finishReason()))
			.expectNextMatches((chunk) -> chunk.usage() != null && chunk.content().isEmpty())
			.expectComplete()
			.verify(LIMIT);
	}

	@Test
	void streamsContentOnly() {
		this.gateway.replyWith(Reply.stream().reasoning("hm").content("a", "", "b").finish("stop").usage(1, 2).done());
		StepVerifier.create(this.apertis.chat("hello").content()).expectNext("a", "b").expectComplete().verify(LIMIT);
	}

	@Test
	void collectsTheCompletion() {
		this.gateway.replyWith(Reply.stream()
			.reasoning("think")
			.content("Hel", "lo")
			.toolCall(0, "call_1", "weather", "{\"city\":", "\"Oslo\"}")
			.finish("tool_calls")
			.usage(7, 9)
			.done());
		ChatCompletion completion = this.apertis.chat("hello").completion().block(LIMIT);
		assertThat(completion).isNotNull();
		assertThat(completion.content()).isEqualTo("Hello");
		assertThat(completion.choices().get(0).reasoning()).isEqualTo("think");
		assertThat(completion.choices().get(0).finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
		assertThat(completion.choices().get(0).toolCalls()).singleElement()
			.satisfies((call) -> assertThat(call.arguments()).isEqualTo("{\"city\":\"Oslo\"}"));
		assertThat(completion.usage()).extracting(Usage::inputTokens, Usage::outputTokens).containsExactly(7L, 9L);
	}

	@Test
	void leavesTheNoticeOfAWebSearchOutOfTheAnswer() {
		this.gateway.replyWith(Reply.stream()
			.event("", """
					{"id":"web-search","created":2,"model":"",\
					"choices":[{"index":0,"delta":{"role":"assistant","content":"Web searching..."}}]}""")
			.content("Found")
			.finish("stop")
			.done());
		ChatCompletion completion = this.apertis.chat("hello").completion().block(LIMIT);
		assertThat(completion).isNotNull();
		assertThat(completion.content()).isEqualTo("Found");
		assertThat(completion.id()).isEqualTo("chatcmpl-simulated");
	}

	@Test
	void eachSubscriptionIsACallOfItsOwn() {
		this.gateway.replyWith(Reply.answer("first"), Reply.answer("second"));
		ChatCall call = this.apertis.chat("hello");
		assertThat(this.gateway.requests()).isEmpty();
		assertThat(call.content().blockLast(LIMIT)).isEqualTo("first");
		assertThat(call.content().blockLast(LIMIT)).isEqualTo("second");
		assertThat(this.gateway.requests()).hasSize(2);
	}

	@Test
	void loopsOverTheChunks() {
		this.gateway.replyWith(Reply.stream().content("Hel", "lo").finish("stop").usage(3, 4).done());
		StringBuilder text = new StringBuilder();
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			assertThat(stream.usage()).isEmpty();
			for (ChatCompletionChunk chunk : stream) {
				text.append(chunk.content());
			}
			assertThat(stream.usage()).get().extracting(Usage::totalTokens).isEqualTo(7L);
			assertThat(stream.outcome()).contains(Outcome.COMPLETED);
			assertThat(stream.completion().content()).isEqualTo("Hello");
			assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(stream.iterator()::next);
		}
		assertThat(text).hasToString("Hello");
	}

	@Test
	void goesOnInASecondLoopWhereTheFirstStopped() {
		this.gateway.replyWith(Reply.answer("a", "b", "c"));
		List<String> content = new ArrayList<>();
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			content.add(stream.iterator().next().content());
			stream.forEach((chunk) -> content.add(chunk.content()));
		}
		assertThat(content).containsExactly("a", "b", "c", "");
	}

	@Test
	void closesTheConnectionWhenTheStreamIsClosed() throws Exception {
		this.gateway.replyWith(Reply.stream().content("a").stall());
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			assertThat(stream.iterator().next().content()).isEqualTo("a");
			assertThat(this.gateway.requests().get(0).closedAt()).isEmpty();
			stream.close();
			assertThat(stream.iterator().hasNext()).isFalse();
			assertThat(stream.outcome()).contains(Outcome.CANCELLED);
		}
		assertThat(this.gateway.takeRequest().awaitClosed(LIMIT)).isTrue();
	}

	@Test
	void endsTheIterationWhenAnotherThreadClosesTheStream() throws Exception {
		this.gateway.replyWith(Reply.stream().content("a").stall());
		ChatStream stream = this.apertis.chat("hello").open();
		Iterator<ChatCompletionChunk> chunks = stream.iterator();
		chunks.next();
		AtomicReference<Object> result = new AtomicReference<>();
		Thread reader = new Thread(() -> result.set(chunks.hasNext()));
		reader.start();
		awaitWaiting(reader);
		stream.close();
		reader.join(LIMIT.toMillis());
		assertThat(result).hasValue(false);
		assertThat(this.gateway.takeRequest().awaitClosed(LIMIT)).isTrue();
	}

	@Test
	void closesTheConnectionWhenTheThreadIsInterrupted() throws Exception {
		this.gateway.replyWith(Reply.stream().content("a").stall());
		AtomicReference<Throwable> failure = new AtomicReference<>();
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		Thread reader = new Thread(() -> {
			try (ChatStream stream = this.apertis.chat("hello").open()) {
				stream.forEach((chunk) -> begun.countDown());
			}
			catch (CancellationException ex) {
				failure.set(ex);
				if (Thread.currentThread().isInterrupted()) {
					interrupted.countDown();
				}
			}
		});
		reader.start();
		assertThat(begun.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		reader.interrupt();
		assertThat(interrupted.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(failure.get()).hasMessageContaining("interrupted");
		assertThat(this.gateway.takeRequest().awaitClosed(LIMIT)).isTrue();
	}

	@Test
	void closesTheConnectionWhenTheFluxIsCancelled() throws Exception {
		this.gateway.replyWith(Reply.stream().content("a", "b").stall());
		StepVerifier.create(this.apertis.chat("hello").content()).expectNext("a").thenCancel().verify(LIMIT);
		assertThat(this.gateway.takeRequest().awaitClosed(LIMIT)).isTrue();
	}

	@Test
	void keepsTheConnectionForTheNextCallAfterAWholeAnswer() {
		int calls = 20;
		for (int i = 0; i < calls; i += 2) {
			this.gateway.replyWith(Reply.answer("a"), Reply.answer("a"));
			this.apertis.chat("hello").completion().block(LIMIT);
			try (ChatStream stream = this.apertis.chat("hello").open()) {
				stream.forEach((chunk) -> assertThat(chunk).isNotNull());
			}
		}
		assertThat(this.gateway.requests()).hasSize(calls);
		// the next call may come before the connection of the last is free again
		assertThat(this.gateway.openConnections()).isBetween(1, calls / 2);
	}

	@Test
	void waitsForEveryChoiceThatWasAskedFor() {
		this.gateway.replyWith(Reply.stream().content("a").finish("stop"));
		StepVerifier.create(this.apertis.chat(ChatCompletionRequest.builder().user("hello").n(2).build()).content())
			.expectNext("a")
			.expectError(StreamInterruptedException.class)
			.verify(LIMIT);
	}

	@Test
	void stopsReadingWhileTheConsumerDoesNotAsk() {
		long total = 50_000_000;
		this.gateway.replyWith(Reply.stream().repeat("x".repeat(1000), 50_000, Duration.ZERO).finish("stop").done());
		StepVerifier.create(this.apertis.chat("hello").chunks(), 0)
			.thenRequest(5)
			.expectNextCount(5)
			.thenAwait(Duration.ofMillis(1500))
			.then(() -> assertThat(this.gateway.bytesProduced()).isLessThan(total / 2))
			.thenRequest(Long.MAX_VALUE)
			.expectNextCount(49_996)
			.expectComplete()
			.verify(Duration.ofSeconds(60));
		assertThat(this.gateway.bytesProduced()).isGreaterThan(total);
	}

	@Test
	void refusesToBlockAnEventLoop() {
		Flux<ChatStream> opened = Flux.just(1)
			.publishOn(Schedulers.parallel())
			.map((one) -> this.apertis.chat("hello").open());
		StepVerifier.create(opened)
			.expectErrorSatisfies((ex) -> assertThat(ex).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("use chunks() or content() instead"))
			.verify(LIMIT);
		assertThat(this.gateway.requests()).isEmpty();
	}

	/**
	 * A reply, the exception it leads to, what the exception says, and what was received
	 * before.
	 */
	static Stream<Arguments> faults() {
		return Stream.of(
				arguments(Reply.error(401, "authentication_error", "invalid_api_key", "No " + KEY),
						AuthenticationException.class, "No [redacted]", null),
				arguments(Reply.error(400, "invalid_request_error", "invalid_request", "Bad"),
						InvalidRequestException.class, "Bad", null),
				arguments(Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow down"),
						RateLimitException.class, "Slow down", null),
				arguments(Reply.status(502).header("Content-Type", "text/html").raw("<html></html>"),
						GatewayException.class, "HTTP 502", null),
				arguments(Reply.status(503), GatewayException.class, "HTTP 503", null),
				arguments(Reply.stream().errorEvent("rate_limit_error", "rate_limit_exceeded", "First"),
						RateLimitException.class, "First", null),
				arguments(Reply.stream().content("half").errorEvent("server_error", "internal_error", "Echo " + KEY),
						GatewayException.class, "Echo [redacted]", "half"),
				arguments(Reply.json(200, "{\"error\":{\"message\":\"quota exceeded\"}}"), GatewayException.class,
						"quota exceeded", null),
				arguments(Reply.status(200).header("Content-Type", "text/html").raw("<html></html>"),
						MalformedResponseException.class, "text/html", null),
				arguments(Reply.stream().content("half"), StreamInterruptedException.class,
						"before the answer was whole", "half"),
				arguments(Reply.stream().content("half").done(), StreamInterruptedException.class,
						"set finishReasonRequired to false", "half"),
				arguments(Reply.stream().content("half").cut(), StreamInterruptedException.class,
						"before the answer was whole", "half"),
				arguments(Reply.stream().content("half").reset(), StreamInterruptedException.class,
						"before the answer was whole", "half"),
				arguments(Reply.stream().content("half").raw("data: {\"choices\":[{\"del").cut(),
						StreamInterruptedException.class, "before the answer was whole", "half"),
				arguments(Reply.stream(), StreamInterruptedException.class, "before the answer was whole", null),
				arguments(Reply.stream().content("half").stall(), StreamTimeoutException.class,
						"the limit is idleTimeout", "half"),
				arguments(Reply.stream().stall(), StreamTimeoutException.class, "the limit is firstChunkTimeout", null),
				arguments(Reply.never(), StreamTimeoutException.class, "the limit is firstChunkTimeout", null),
				arguments(Reply.hangUp(), ConnectionException.class, "No answer from the gateway", null),
				arguments(Reply.stream().content("half").event("", "{\"choices\":rubbish"),
						MalformedChunkException.class, "Event 2", "half"),
				arguments(Reply.stream().content("half").event("", "x".repeat(70_000)), EventTooLargeException.class,
						"65536", "half"));
	}

	@ParameterizedTest
	@MethodSource("faults")
	void failsTheFluxAfterWhatWasReceived(Reply reply, Class<ApertisException> type, String message, String received) {
		this.gateway.replyWith(reply, reply);
		List<String> content = new ArrayList<>();
		StepVerifier.create(this.apertis.chat("hello").content().doOnNext(content::add).then())
			.expectErrorSatisfies((ex) -> assertFailure(ex, type, message, received))
			.verify(LIMIT);
		assertThat(String.join("", content)).isEqualTo((received != null) ? received : "");
	}

	@ParameterizedTest
	@MethodSource("faults")
	void failsTheBlockingLoopAfterWhatWasReceived(Reply reply, Class<ApertisException> type, String message,
			String received) {
		this.gateway.replyWith(reply, reply);
		StringBuilder content = new StringBuilder();
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			assertThatExceptionOfType(ApertisException.class)
				.isThrownBy(() -> stream.forEach((chunk) -> content.append(chunk.content())))
				.satisfies((ex) -> assertFailure(ex, type, message, received));
			assertThat(stream.outcome()).isPresent().get().isNotEqualTo(Outcome.COMPLETED);
		}
		assertThat(content).hasToString((received != null) ? received : "");
	}

	@ParameterizedTest
	@MethodSource("faults")
	void failsTheCompletionWithWhatWasReceived(Reply reply, Class<ApertisException> type, String message,
			String received) {
		this.gateway.replyWith(reply, reply);
		StepVerifier.create(this.apertis.chat("hello").completion())
			.expectErrorSatisfies((ex) -> assertFailure(ex, type, message, received))
			.verify(LIMIT);
	}

	private static void assertFailure(Throwable failure, Class<ApertisException> type, String message,
			String received) {
		assertThat(failure).isExactlyInstanceOf(type).hasMessageContaining(message);
		assertThat(failure.toString()).doesNotContain(KEY);
		assertThat(((ApertisException) failure).partialCompletion().map(ChatCompletion::content).orElse(null))
			.isEqualTo(received);
	}

	@Test
	void failsWhenNothingListens() {
		this.gateway.close();
		StepVerifier.create(this.apertis.chat("hello").content())
			.expectErrorSatisfies(
					(ex) -> assertThat(ex).isInstanceOf(ConnectionException.class).hasMessageContaining("127.0.0.1"))
			.verify(LIMIT);
	}

	@Test
	void completesWhenOnlySilenceFollowsAWholeAnswer() {
		this.gateway.replyWith(Reply.stream().content("a").finish("stop").stall());
		StepVerifier.create(this.apertis.chat("hello").content()).expectNext("a").expectComplete().verify(LIMIT);
	}

	@Test
	void takesCommentsForSignsOfLife() {
		Reply reply = Reply.stream().content("a");
		for (int i = 0; i < 8; i++) {
			reply = reply.pause(Duration.ofMillis(200)).comment("still here");
		}
		this.gateway.replyWith(reply.content("b").finish("stop").done());
		StepVerifier.create(this.apertis.chat("hello").content()).expectNext("a", "b").expectComplete().verify(LIMIT);
	}

	@Test
	void failsWhenOnlyCommentsComeBeforeTheFirstChunk() {
		Reply reply = Reply.stream();
		for (int i = 0; i < 10; i++) {
			reply = reply.pause(Duration.ofMillis(400)).comment("still here");
		}
		this.gateway.replyWith(reply.content("late").finish("stop").done());
		StepVerifier.create(this.apertis.chat("hello").content())
			.expectError(StreamTimeoutException.class)
			.verify(LIMIT);
	}

	@Test
	void failsWhenOnlyCommentsComeAndContentHasALimit() {
		Reply reply = Reply.stream().content("a");
		for (int i = 0; i < 20; i++) {
			reply = reply.pause(Duration.ofMillis(100)).comment("still here");
		}
		this.gateway.replyWith(reply.finish("stop").done());
		StepVerifier
			.create(this.apertis.chat("hello")
				.options((options) -> options.withContentTimeout(Duration.ofMillis(500)))
				.content())
			.expectNext("a")
			.expectErrorSatisfies((ex) -> assertThat(((StreamTimeoutException) ex).limit()).isEqualTo(Limit.CONTENT))
			.verify(LIMIT);
	}

	@Test
	void failsWhenTheTotalHasALimit() {
		this.gateway.replyWith(Reply.stream().repeat("a", 1000, Duration.ofMillis(20)).finish("stop").done());
		StepVerifier
			.create(this.apertis.chat("hello")
				.options((options) -> options.withTotalTimeout(Duration.ofMillis(500)))
				.content()
				.then())
			.expectErrorSatisfies((ex) -> assertThat(((StreamTimeoutException) ex).limit()).isEqualTo(Limit.TOTAL))
			.verify(LIMIT);
	}

	@Test
	void takesOptionsOfItsOwn() throws Exception {
		this.gateway.replyWith(Reply.status(503), Reply.answer("ok"));
		ChatCall call = this.apertis.chat("hello")
			.options((options) -> options.withMaxRetries(1)
				.withRetries(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO))
				.withHeader("X-Tenant", "a")
				.withHeader("Authorization", "Bearer mine"));
		assertThat(call.content().blockLast(LIMIT)).isEqualTo("ok");
		RecordedRequest request = this.gateway.takeRequest();
		assertThat(request.header("X-Tenant")).contains("a");
		assertThat(request.header("Authorization")).contains("Bearer " + KEY);
	}

	@Test
	void tellsTheMetadataBeforeTheFirstChunk() {
		Reply reply = Reply.answer("a")
			.header("x-request-id", "req-1")
			.header("X-Actual-Model", "m2")
			.header("X-Fallback-Used", "true")
			.header("X-Fallback-From", "m1")
			.header("X-Fallback-Reason", "primary_model_failed")
			.header("X-RateLimit-Remaining", "7")
			.header("X-RateLimit-Limit", "odd");
		this.gateway.replyWith(reply, reply);
		List<String> order = new ArrayList<>();
		this.apertis.chat("hello").onResponse((metadata) -> {
			order.add(metadata.requestId().orElseThrow());
			assertThat(metadata.actualModel()).contains("m2");
			assertThat(metadata.isFallbackUsed()).isTrue();
			assertThat(metadata.fallbackFrom()).contains("m1");
			assertThat(metadata.fallbackReason()).contains("primary_model_failed");
			assertThat(metadata.rateLimitRemaining()).hasValue(7);
			assertThat(metadata.rateLimit()).isEmpty();
			assertThat(metadata.webSearchStatus()).isEmpty();
		}).content().doOnNext(order::add).blockLast(LIMIT);
		assertThat(order).containsExactly("req-1", "a");
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			assertThat(stream.metadata().requestId()).contains("req-1");
			assertThat(stream.iterator().next().content()).isEqualTo("a");
		}
	}

	@Test
	void takesAWholeCompletionWhereAStreamWasAskedFor() {
		this.gateway.replyWith(Reply.json(200, """
				{
				  "choices": [{"index": 0, "message": {"role": "assistant", "content": "whole"},
				    "finish_reason": "stop"}],
				  "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
				  "error": {"message": "", "type": "", "param": "", "code": null}
				}"""));
		ChatCompletion completion = this.apertis.chat("hello").completion().block(LIMIT);
		assertThat(completion).isNotNull();
		assertThat(completion.content()).isEqualTo("whole");
		assertThat(completion.usage()).extracting(Usage::totalTokens).isEqualTo(3L);
	}

	@Test
	void asksForTheWholeAnswerAtOnce() throws Exception {
		this.gateway.replyWith(Reply.json(200, """
				{"id":"chatcmpl-simulated","object":"chat.completion","created":1767225600,"model":"simulated-model",\
				"choices":[{"index":0,"message":{"role":"assistant","content":"Hello","tool_calls":[\
				{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{}"}}]},\
				"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"""),
				Reply.stream()
					.content("Hel", "lo")
					.toolCall(0, "call_1", "weather", "{}")
					.finish("tool_calls")
					.usage(3, 4)
					.done());
		ChatCall call = this.apertis.chat("hello");
		ChatCompletion whole = call.call().block(LIMIT);
		assertThat(whole).isEqualTo(call.completion().block(LIMIT));
		assertThat(this.gateway.takeRequest().body()).doesNotContain("\"stream");
	}

	@Test
	void failsWhenTheWholeAnswerIsNone() {
		this.gateway.replyWith(Reply.json(200, "{\"choices\":rubbish"), Reply.error(404, "t", "c", "No such model"),
				Reply.never(), Reply.json(200, "{").cut());
		ChatCall call = this.apertis.chat("hello");
		StepVerifier.create(call.call()).expectError(MalformedChunkException.class).verify(LIMIT);
		StepVerifier.create(call.call()).expectErrorMessage("404 No such model, type t, code c").verify(LIMIT);
		StepVerifier.create(call.call()).expectError(StreamTimeoutException.class).verify(LIMIT);
		StepVerifier.create(call.call()).expectError(StreamInterruptedException.class).verify(LIMIT);
	}

	@Test
	void listsTheModels() throws Exception {
		this.gateway.replyWith(Reply.json(200, """
				{"object":"list","data":[{"id":"a","name":"A"},{"odd":1},
				{"id":"b","object":"model","created":7,"owned_by":"o"}]}"""));
		StepVerifier.create(this.apertis.models())
			.expectNext(new Model("a", "A", null, 0), new Model("b", null, "o", 7))
			.expectComplete()
			.verify(LIMIT);
		RecordedRequest request = this.gateway.takeRequest();
		assertThat(request).hasToString("GET /v1/models");
		assertThat(request.header("Authorization")).contains("Bearer " + KEY);
	}

	@Test
	void keepsWhatItDoesNotKnow() {
		this.gateway.replyWith(Reply.stream().event("", """
				{"choices":[{"index":0,"delta":{"content":"a","images":[1]},"stop_reason":7,\
				"finish_reason":"eos"}],"citations":["x"],"service_tier":null}""").done());
		ChatCompletionChunk chunk = this.apertis.chat("hello").chunks().blockFirst(LIMIT);
		assertThat(chunk).isNotNull();
		assertThat(chunk.extra()).containsOnlyKeys("citations");
		assertThat(chunk.choices().get(0).extra()).containsOnlyKeys("stop_reason");
		assertThat(chunk.choices().get(0).delta().extra()).containsOnlyKeys("images");
		assertThat(chunk.choices().get(0).finishReason()).hasToString("eos");
		assertThat(chunk.toString()).doesNotContain("a]", "images");
	}

	@Test
	void refusesARequestWithoutModel() {
		ApertisClient bare = ApertisClient.builder().apiKey("k").build();
		assertThatIllegalArgumentException().isThrownBy(() -> bare.chat("hello"))
			.withMessageContaining("set defaultModel");
	}

	@Test
	void refusesARequestWithoutMessage() {
		assertThatIllegalStateException().isThrownBy(() -> ChatCompletionRequest.builder().model("m").build())
			.withMessageContaining("user(");
	}

	@Test
	void refusesToBeBuiltWithoutKey() {
		assertThatIllegalStateException().isThrownBy(() -> ApertisClient.builder().build())
			.withMessageContaining("apiKey(...)");
		assertThatIllegalStateException().isThrownBy(() -> ApertisClient.builder().apiKey(" ").build());
	}

	@Test
	void tellsNoContentInAnyText() {
		ChatCompletionRequest request = ChatCompletionRequest.builder()
			.model("m")
			.user("my secret")
			.parameter("user", "my secret")
			.build();
		assertThat(request.toString() + request.messages()).doesNotContain("my secret").contains("m");
	}

	private static void awaitWaiting(Thread thread) {
		while (thread.getState() != Thread.State.WAITING) {
			Thread.onSpinWait();
		}
	}

}
