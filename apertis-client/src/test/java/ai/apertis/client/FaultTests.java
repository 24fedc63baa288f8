package ai.apertis.client;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.AuthenticationException;
import ai.apertis.client.error.BillingException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.EventTooLargeException;
import ai.apertis.client.error.GatewayException;
import ai.apertis.client.error.InvalidRequestException;
import ai.apertis.client.error.MalformedChunkException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.NotFoundException;
import ai.apertis.client.error.PermissionException;
import ai.apertis.client.error.RateLimitException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Every fault that is documented or known, in each form in which an answer can be had:
 * which exception it is, with which data, after how many requests; and that no connection
 * is left behind.
 */
class FaultTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final int MAX_EVENT_SIZE = 64 * 1024;

	private static final Set<Integer> RETRYABLE = Set.of(408, 409, 429, 500, 502, 503, 504, 529);

	/**
	 * What an error inside a stream stands for, by its code or type; 502 if it has none.
	 */
	private static final Map<String, Integer> STATUS_INSIDE = Map.of("data-error-object", 500, "event-error", 400,
			"error-inside-a-chunk", 400, "error-with-finish-reason-error", 500, "flat-object-error", 400,
			"anthropic-error-event", 503);

	private static final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	private static SimulatedGateway gateway;

	private static ApertisClient apertis;

	@BeforeAll
	static void start() {
		Metrics.addRegistry(meters);
		gateway = SimulatedGateway.start();
		apertis = ApertisClient.builder()
			.baseUrl(gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.streamLimits(
					new StreamLimits(Duration.ofMillis(600), Duration.ofMillis(400), null, null, MAX_EVENT_SIZE, true))
			.retryPolicy(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(1)))
			.build();
		// the pool has its meters from the first connection on, and a cold start takes
		// long
		gateway.otherwise((request) -> Reply.answer("ok"));
		Awaitility.await()
			.atMost(LIMIT)
			.ignoreExceptions()
			.untilAsserted(() -> assertThat(apertis.chat("hello").content().blockLast(LIMIT)).isEqualTo("ok"));
		gateway.reset();
	}

	@AfterAll
	static void stop() {
		apertis.close();
		gateway.close();
		Metrics.removeRegistry(meters);
	}

	@AfterEach
	void leavesNoConnectionInUse() {
		assertThat(inPool("active.connections")).isNotEmpty();
		Awaitility.await().atMost(LIMIT).untilAsserted(() -> {
			assertThat(inPool("active.connections")).allSatisfy((gauge) -> assertThat(gauge.value()).isZero());
			assertThat(inPool("pending.connections")).allSatisfy((gauge) -> assertThat(gauge.value()).isZero());
		});
		gateway.reset();
	}

	private static List<Gauge> inPool(String name) {
		return meters.find("reactor.netty.connection.provider." + name)
			.gauges()
			.stream()
			.filter((gauge) -> String.valueOf(gauge.getId().getTag("remote.address")).endsWith(":" + gateway.port()))
			.toList();
	}

	@Test
	void theDocumentationIsThere() {
		assumeTrue(Files.exists(DocumentedErrors.FILE), "Skipped: the documented errors are not beside this clone");
		assertThat(DocumentedErrors.rows("errors")).hasSizeGreaterThanOrEqualTo(25);
	}

	static Stream<Arguments> faults() {
		return Stream
			.of(documented(), variants(), told(), insideTheStream(), asFirstEvent(), wholeErrors(), connectionFaults(),
					silences(), broken(), malformed())
			.flatMap((faults) -> faults)
			.flatMap((fault) -> Stream.of(Form.values()).map((form) -> arguments(form, fault)));
	}

	private static Stream<Fault> documented() {
		return DocumentedErrors.rows("errors").map((row) -> {
			int status = row.path("status").asInt();
			String code = row.path("code").asString("");
			Reply reply = withHeaders(Reply.json(status, row.path("body").toString()), row).header("X-Request-Id",
					"req-" + status);
			boolean repeated = row.path("retryable").asBoolean() && !row.path("headers").has("Retry-After");
			return new Fault("documented: " + status + " " + code, reply, typeOf(status, code, row), repeated ? 2 : 1,
					repeated ? 2 : 1, null, (ex) -> {
						ApertisApiException api = (ApertisApiException) ex;
						assertThat(api.statusCode()).isEqualTo(status);
						assertThat(api.type()).contains(row.path("type").asString());
						assertThat(api.code()).contains(code);
						assertThat(api.param().orElse(null)).isEqualTo(row.path("param").asString(null));
						assertThat(api.error().message()).isEqualTo(row.path("message").asString());
						assertThat(api.requestId()).contains("req-" + status);
						assertThat(api.isRetryable()).isEqualTo(row.path("retryable").asBoolean());
						if (api instanceof RateLimitException limit) {
							assertThat(limit.retryAfter()).contains(Duration.ofSeconds(45));
						}
					});
		});
	}

	private static Stream<Fault> variants() {
		return DocumentedErrors.rows("variants").map((row) -> {
			int status = row.path("status").asInt();
			JsonNode expected = row.path("expect");
			Reply reply = Reply.status(status);
			if (row.path("content_type").isString()) {
				reply = reply.header("Content-Type", row.path("content_type").asString());
			}
			if (!row.path("body").asString("").isEmpty()) {
				reply = reply.raw(row.path("body").asString());
			}
			String code = expected.path("code").asString("");
			boolean retryable = expected.path("retryable").asBoolean(RETRYABLE.contains(status));
			boolean tooLong = expected.has("retry_after_seconds") || expected.has("retry_after_millis");
			int requests = (retryable && !tooLong) ? 2 : 1;
			return new Fault("variant: " + row.path("name").asString(), withHeaders(reply, row),
					typeOf(status, code, row), requests, requests, null, (ex) -> {
						ApertisApiException api = (ApertisApiException) ex;
						assertThat(api.statusCode()).isEqualTo(status);
						assertThat(api.isRetryable()).isEqualTo(retryable);
						assertThat(api.code().orElse(null)).isEqualTo(expected.path("code").asString(null));
						assertThat(api.body()).startsWith(row.path("body").asString());
						if (expected.has("message")) {
							assertThat(api.error().message()).isEqualTo(expected.path("message").asString());
							assertThat(api.type().orElse(null)).isEqualTo(expected.path("type").asString(null));
						}
						if (expected.has("retry_after_seconds")) {
							assertThat(api.retryAfter())
								.contains(Duration.ofSeconds(expected.path("retry_after_seconds").asLong()));
						}
						if (expected.has("retry_after_millis")) {
							assertThat(api.retryAfter())
								.contains(Duration.ofMillis(expected.path("retry_after_millis").asLong()));
						}
					});
		});
	}

	private static Stream<Fault> told() {
		return Stream.of(
				new Fault("too early", Reply.error(425, "server_error", "too_early", "Wait"), ApertisApiException.class,
						2, 2, null, (ex) -> assertThat(((ApertisApiException) ex).isRetryable()).isTrue()),
				new Fault("told to retry",
						Reply.error(400, "invalid_request_error", "odd", "Again").header("x-should-retry", "true"),
						InvalidRequestException.class, 2, 2, null,
						(ex) -> assertThat(((ApertisApiException) ex).isRetryable()).isTrue()),
				new Fault("told not to retry",
						Reply.error(503, "server_error", "odd", "Enough").header("x-should-retry", "false"),
						GatewayException.class, 1, 1, null,
						(ex) -> assertThat(((ApertisApiException) ex).isRetryable()).isFalse()));
	}

	private static Reply withHeaders(Reply reply, JsonNode row) {
		Reply with = reply;
		for (String name : row.path("headers").propertyNames()) {
			with = with.header(name, row.path("headers").path(name).asString());
		}
		return with;
	}

	private static Class<? extends ApertisException> typeOf(int status, String code, JsonNode row) {
		return switch (status) {
			case 400, 413, 422 -> InvalidRequestException.class;
			case 401 -> AuthenticationException.class;
			case 402 -> BillingException.class;
			case 403 -> PermissionException.class;
			case 404 -> NotFoundException.class;
			case 429 -> code.equals("insufficient_quota") ? BillingException.class : RateLimitException.class;
			case 500, 502, 503, 504, 529 -> GatewayException.class;
			default -> throw new IllegalArgumentException("Which exception is for " + row + "?");
		};
	}

	private static Stream<Fault> insideTheStream() {
		return DocumentedErrors.rows("stream_errors").map((row) -> {
			String sse = row.path("sse").asString();
			return streamError("inside: ", row, Reply.stream().content("begun").raw(sse), 1, null);
		});
	}

	private static Stream<Fault> asFirstEvent() {
		return DocumentedErrors.rows("stream_errors")
			.filter((row) -> !row.path("sse").asString().contains("\"content\":\"a\"")
					&& row.path("message").isString())
			.map((row) -> {
				int status = STATUS_INSIDE.getOrDefault(row.path("name").asString(), 502);
				return streamError("first: ", row, Reply.stream().comment("wait").raw(row.path("sse").asString()),
						RETRYABLE.contains(status) ? 2 : 1, "");
			});
	}

	private static Fault streamError(String kind, JsonNode row, Reply reply, int handedOn, @Nullable String received) {
		String name = row.path("name").asString();
		int status = STATUS_INSIDE.getOrDefault(name, 502);
		boolean cut = row.path("message").isNull();
		return new Fault(kind + name, reply,
				cut ? StreamInterruptedException.class
						: (status < 500) ? InvalidRequestException.class : GatewayException.class,
				handedOn, (cut || RETRYABLE.contains(status)) ? 2 : 1, (received != null) ? null : "begun", (ex) -> {
					if (ex instanceof ApertisApiException api) {
						assertThat(api.statusCode()).isEqualTo(status);
						assertThat(api.error().message()).isEqualTo(row.path("message").asString());
					}
				});
	}

	private static Stream<Fault> wholeErrors() {
		return DocumentedErrors.rows("success_bodies")
			.filter((row) -> row.path("is_error").asBoolean())
			.map((row) -> new Fault("200 with an error", Reply.json(200, row.path("body").asString()),
					GatewayException.class, 2, 2, null, (ex) -> {
						assertThat(((ApertisApiException) ex).error().message()).isEqualTo("quota exceeded");
					}));
	}

	private static Stream<Fault> connectionFaults() {
		return Stream.of(
				new Fault("closed before an answer", Reply.hangUp(), ConnectionException.class, 2, 2, null,
						(ex) -> assertThat(ex).hasMessageContaining("No answer from the gateway at 127.0.0.1")),
				new Fault("reset before an answer", Reply.resetConnection(), ConnectionException.class, 2, 2, null,
						(ex) -> assertThat(ex.getCause()).isNotNull()));
	}

	private static Stream<Fault> silences() {
		Reply comments = Reply.stream();
		Reply begun = Reply.stream().content("begun");
		for (int i = 0; i < 20; i++) {
			comments = comments.comment("still here").pause(Duration.ofMillis(100));
		}
		return Stream.of(silence("never answers", Reply.never(), Limit.FIRST_CHUNK, 1, null),
				silence("stalls after the headers", Reply.stream().stall(), Limit.FIRST_CHUNK, 1, null),
				silence("stalls in the first event", Reply.stream().raw("data: {\"choi").stall(), Limit.FIRST_CHUNK, 1,
						null),
				silence("trickles comments only", comments.stall(), Limit.FIRST_CHUNK, 1, null),
				silence("stalls in mid-stream", begun.stall(), Limit.IDLE, 2, "begun"),
				silence("stalls in mid-event", begun.raw("data: {\"choices\":[{\"de").stall(), Limit.IDLE, 2, "begun"));
	}

	private static Fault silence(String name, Reply reply, Limit limit, int collected, @Nullable String received) {
		return new Fault(name, reply, StreamTimeoutException.class, 1, collected, received, (ex) -> {
			assertThat(((StreamTimeoutException) ex).limit()).isEqualTo(limit);
			assertThat(((StreamTimeoutException) ex).duration())
				.isEqualTo(Duration.ofMillis((limit == Limit.IDLE) ? 400 : 600));
		});
	}

	private static Stream<Fault> broken() {
		Reply begun = Reply.stream().content("begun");
		return Stream.of(interrupted("empty body", Reply.stream(), null),
				interrupted("cut after the headers", Reply.stream().comment("wait").cut(), null),
				interrupted("ends without finish reason", begun, "begun"),
				interrupted("done without finish reason", begun.done(), "begun"),
				interrupted("cut in mid-stream", begun.cut(), "begun"),
				interrupted("reset in mid-stream", begun.pause(Duration.ofMillis(50)).reset(), "begun"),
				interrupted("cut in mid-event", begun.raw("data: {\"choices\":[{\"de").cut(), "begun"),
				interrupted("ends in mid-event", begun.raw("data: {\"choices\":[{\"de"), "begun"));
	}

	private static Fault interrupted(String name, Reply reply, @Nullable String received) {
		return new Fault(name, reply, StreamInterruptedException.class, 1, 2, received,
				(ex) -> assertThat(ex).hasMessageContaining("answer"));
	}

	private static Stream<Fault> malformed() {
		Reply begun = Reply.stream().content("begun");
		return Stream.of(
				new Fault("200 with HTML", Reply.status(200).header("Content-Type", "text/html").raw("<html></html>"),
						MalformedResponseException.class, 1, 1, null,
						(ex) -> assertThat(ex).hasMessageContaining("text/html")),
				new Fault("200 with JSON that is none", Reply.json(200, "{\"choices\":"), MalformedChunkException.class,
						2, 2, null, (ex) -> assertThat(ex).hasNoCause()),
				new Fault("200 with an empty JSON body", Reply.status(200).header("Content-Type", "application/json"),
						MalformedResponseException.class, 1, 1, null,
						(ex) -> assertThat(ex).hasMessageContaining("empty")),
				new Fault("comments beyond the limit of an event",
						Reply.stream()
							.repeatRaw(": keep-alive" + " ".repeat(1024) + "\n\n", MAX_EVENT_SIZE / 1024)
							.stall(),
						MalformedResponseException.class, 1, 1, null,
						(ex) -> assertThat(ex).hasMessageContaining("comments")),
				new Fault("rubbish for the first event", Reply.stream().event("", "{\"choices\":rubbish"),
						MalformedChunkException.class, 2, 2, null,
						(ex) -> assertThat(ex).hasMessageContaining("Event 1").hasMessageNotContaining("rubbish")),
				new Fault("rubbish for an event", begun.event("", "{\"choices\":rubbish"),
						MalformedChunkException.class, 1, 2, "begun",
						(ex) -> assertThat(ex).hasMessageContaining("Event 2").hasMessageNotContaining("rubbish")),
				new Fault("an event beyond its limit", begun.event("", "x".repeat(MAX_EVENT_SIZE + 1)),
						EventTooLargeException.class, 1, 1, "begun",
						(ex) -> assertThat(ex).hasMessageContaining(String.valueOf(MAX_EVENT_SIZE))));
	}

	@ParameterizedTest(name = "{1}, {0}")
	@MethodSource("faults")
	void failsAsItShould(Form form, Fault fault) {
		int most = 3;
		IntStream.range(0, most).forEach((i) -> gateway.replyWith(fault.reply()));
		Ended ended = form.run(apertis.chat("hello"));
		assertThat(ended.failure()).isExactlyInstanceOf(fault.type());
		fault.data().check(ended.failure());
		assertThat(ended.failure().partialCompletion().map(ChatCompletion::content).orElse(null))
			.satisfies((partial) -> assertReceived(partial, fault.received()));
		if (form != Form.COLLECTED) {
			assertReceived(ended.received(), fault.received());
		}
		assertThat(gateway.requests()).hasSize((form == Form.COLLECTED) ? fault.collected() : fault.handedOn());
	}

	/**
	 * Some of the documented errors come in a chunk with content of its own.
	 */
	private static void assertReceived(@Nullable String actual, @Nullable String expected) {
		if (expected != null) {
			assertThat(actual).startsWith(expected);
		}
		else {
			assertThat((actual != null) ? actual : "").isEmpty();
		}
	}

	static Stream<JsonNode> successBodies() {
		return DocumentedErrors.rows("success_bodies");
	}

	@ParameterizedTest
	@MethodSource("successBodies")
	void tellsASuccessFromAnError(JsonNode row) {
		Reply reply = Reply.json(200, row.path("body").asString());
		gateway.otherwise((request) -> reply);
		boolean error = row.path("is_error").asBoolean();
		assertThat(failure(apertis.chat("hello").call()) != null).isEqualTo(error);
		assertThat(failure(apertis.chat("hello").completion()) != null).isEqualTo(error);
	}

	private static @Nullable ApertisException failure(Mono<ChatCompletion> call) {
		return call.then(Mono.<ApertisException>empty()).onErrorResume(ApertisException.class, Mono::just).block(LIMIT);
	}

	/**
	 * A form in which an answer can be had.
	 */
	private enum Form {

		FLUX {

			@Override
			Ended run(ChatCall call) {
				StringBuilder received = new StringBuilder();
				List<Throwable> failures = new ArrayList<>();
				call.content().doOnNext(received::append).doOnError(failures::add).onErrorComplete().blockLast(LIMIT);
				return new Ended(received.toString(), failures);
			}

		},

		BLOCKING {

			@Override
			Ended run(ChatCall call) {
				StringBuilder received = new StringBuilder();
				List<Throwable> failures = new ArrayList<>();
				try (ChatStream stream = call.open()) {
					try {
						stream.forEach((chunk) -> received.append(chunk.content()));
					}
					catch (ApertisException ex) {
						failures.add(ex);
					}
					assertThat(stream.outcome()).isPresent().get().isNotEqualTo(Outcome.COMPLETED);
				}
				return new Ended(received.toString(), failures);
			}

		},

		COLLECTED {

			@Override
			Ended run(ChatCall call) {
				List<Throwable> failures = new ArrayList<>();
				ChatCompletion completion = call.completion().doOnError(failures::add).onErrorComplete().block(LIMIT);
				assertThat(completion).isNull();
				return new Ended("", failures);
			}

		};

		abstract Ended run(ChatCall call);

	}

	private record Ended(String received, List<Throwable> failures) {

		ApertisException failure() {
			assertThat(this.failures).singleElement().isInstanceOf(ApertisException.class);
			return (ApertisException) this.failures.get(0);
		}

	}

	/**
	 * What the gateway does, and what must come of it.
	 *
	 * @param handedOn how many requests there are when chunks are handed on as they come
	 * @param collected how many when they are collected first
	 * @param received what is received of the answer, {@code null} for nothing
	 */
	private record Fault(String name, Reply reply, Class<? extends ApertisException> type, int handedOn, int collected,
			@Nullable String received, Check data) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	private interface Check {

		void check(ApertisException failure);

	}

}
