package ai.apertis.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.GatewayException;
import ai.apertis.client.error.InvalidRequestException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.RateLimitException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.test.Reply;
import ai.apertis.test.ReplyScript;
import ai.apertis.test.SimulatedGateway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What real gateways and providers send, of which many clients make something else. Each
 * in all forms in which an answer can be had.
 */
class RealWorldTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final String GREY = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grey\"},\"finish_reason\":null}]}\n\n";

	private static final String FINISHED = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

	private static final String DONE = "data: [DONE]\n\n";

	private static final String USAGE = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":31,\"completion_tokens\":17}}\n\n";

	static Stream<Arguments> whole() {
		return Stream.of(arguments("stop-everywhere", "Nine white swans"),
				arguments("null-text-slow", "The river rises"), arguments("ct-dup", "Grey heron"),
				arguments("ct-json", "Grey heron"), arguments("ct-noslash", "Grey heron"),
				arguments("ct-octet", "Grey heron"), arguments("ct-plain", "Grey heron"),
				arguments("call-ok", "Grey heron"), arguments("call-plain", "Grey heron"),
				arguments("call-octet", "Grey heron"), arguments("call-sse", "Grey heron"),
				arguments("big-head", "Grey heron"), arguments("usage-after-done", "Nine swans"),
				arguments("hb-double", "Nine swans"), arguments("hb-single", "Nine swans"),
				arguments("one-newline", "Grey heron"), arguments("ctrl", "Grey\theron"), arguments("nan", "Grey"),
				arguments("ok", "Grey heron"), arguments("split-pair", "owl \uD83E\uDD89!"),
				arguments("xai-usage", "Seven"), arguments("cache-usage", "Seven"),
				arguments("annotations", "Grey heron"));
	}

	@ParameterizedTest
	@MethodSource("whole")
	void isWhole(String script, String content) {
		assertWhole(ReplyScript.bundled(script), content);
	}

	static Stream<Arguments> neighboursThatAreWhole() {
		return Stream.of(arguments("a reason with the role, then content",
				"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\n"
						+ GREY + FINISHED,
				"Grey"), arguments("None for a reason", GREY.replace("null", "\"None\"") + FINISHED, "Grey"),
				arguments("blanks for a reason", GREY.replace("null", "\"  \"") + FINISHED, "Grey"),
				arguments("an empty delta behind the reason",
						GREY + FINISHED + FINISHED.replace("\"stop\"", "null") + DONE, "Grey"),
				arguments("a byte order mark and blank lines before events", "\uFEFF\n\n" + GREY + FINISHED, "Grey"),
				arguments("the done marker without its empty line", GREY + FINISHED + "data: [DONE]", "Grey"),
				arguments("the done marker in the block of the last chunk",
						GREY + FINISHED.replace("\n\n", "\n") + DONE, "Grey"),
				arguments("a line break in a text", GREY.replace("Grey", "Grey\ndata: heron") + FINISHED,
						"Grey\nheron"),
				arguments("Infinity where nobody looks",
						GREY.replace("\"finish_reason\"", "\"score\":[Infinity,-INF],\"finish_reason\"") + FINISHED,
						"Grey"),
				arguments("a usage behind the done marker, with comments", GREY + FINISHED + DONE + ": bye\n\n" + USAGE,
						"Grey"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("neighboursThatAreWhole")
	void isWholeToo(String name, String stream, String content) {
		assertWhole(Reply.stream().raw(stream), content);
	}

	@Test
	void readsAHeadOf64Kilobytes() {
		assertWhole(Reply.stream().header("X-Trace", "x".repeat(64_000)).raw(GREY + FINISHED + DONE), "Grey");
	}

	static Stream<Arguments> otherForms() {
		String completion = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Grey\"},\"finish_reason\":\"stop\"}]}";
		return Stream.of(arguments("JSON for an event stream", "text/event-stream", completion),
				arguments("JSON behind blanks", "text/html", "\r\n \t" + completion),
				arguments("JSON behind a byte order mark", "application/x-ndjson", "\uFEFF" + completion),
				arguments("lines of JSON", "application/x-ndjson",
						GREY.substring(6).strip() + "\n" + FINISHED.substring(6).strip() + "\n"),
				arguments("events without a type", "", GREY + FINISHED + DONE),
				arguments("events for an image", "image/png;;", ": hello\n\n" + GREY + FINISHED + DONE),
				arguments("events of which the first has a name", "text/html",
						"event: message\n" + GREY + FINISHED + DONE));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("otherForms")
	void isReadByItsFirstBytes(String name, String contentType, String body) {
		Reply reply = contentType.isEmpty() ? Reply.status(200) : Reply.status(200).header("Content-Type", contentType);
		List<Form> forms = name.startsWith("lines") ? List.of(Form.FLUX, Form.BLOCKING, Form.COLLECTED)
				: List.of(Form.values());
		assertAll(forms, reply.byteByByte(body.getBytes(StandardCharsets.UTF_8)),
				(ended) -> assertThat(ended.content()).isEqualTo("Grey"));
	}

	static Stream<Arguments> failures() {
		return Stream.of(failure("null-text-cut", StreamInterruptedException.class, "whole", "The river rises"),
				failure("finish-network_error", GatewayException.class, "network_error", "Half an ans"),
				failure("finish-insufficient_system_resource", GatewayException.class, "insufficient_system_resource",
						"Half an ans"),
				failure("finish-network_error-empty", GatewayException.class, "network_error", ""),
				failure("bare-error", InvalidRequestException.class, "The context of this model is 8192 tokens", ""),
				failure("bare-error-429", RateLimitException.class, "Slow down", ""),
				failure("status-520", GatewayException.class, "520", ""),
				failure("status-522", GatewayException.class, "522", ""));
	}

	private static Arguments failure(String script, Class<? extends ApertisException> type, String message,
			String received) {
		return arguments(script, ReplyScript.bundled(script), type, message, received);
	}

	static Stream<Arguments> neighboursThatFail() {
		Reply html = Reply.status(200).header("Content-Type", "text/event-stream").raw("<!doctype html><p>Sign in</p>");
		return Stream.of(
				arguments("a bare error in mid-stream",
						Reply.stream()
							.raw(GREY + "{\"error\":{\"message\":\"Worn out\",\"type\":\"server_error\"}}\n\n"),
						GatewayException.class, "Worn out", "Grey"),
				arguments("a bare error at the end, without a line end",
						Reply.stream().raw(GREY + "{\"error\":{\"message\":\"Worn out\",\"type\":\"server_error\"}}"),
						GatewayException.class, "Worn out", "Grey"),
				arguments("an error event without its empty line",
						Reply.stream().raw(GREY + "data: {\"error\":{\"message\":\"Worn out\",\"code\":500}}"),
						GatewayException.class, "Worn out", "Grey"),
				arguments("plain words for an event stream",
						Reply.stream().raw("upstream connect error or disconnect before headers"),
						GatewayException.class, "upstream connect error", ""),
				arguments("plain words",
						Reply.status(200)
							.header("Content-Type", "text/plain")
							.raw("The service is down for maintenance"),
						GatewayException.class, "down for maintenance", ""),
				arguments("a page that claims to be an event stream", html, MalformedResponseException.class,
						"text/event-stream", ""),
				arguments("another word for a failure, in another case",
						Reply.stream().raw(GREY + FINISHED.replace("stop", "Upstream-Error") + DONE),
						GatewayException.class, "Upstream-Error", "Grey"),
				arguments("a word of the application's own",
						Reply.stream().raw(GREY + FINISHED.replace("stop", "out_of_coal") + DONE),
						GatewayException.class, "out_of_coal", "Grey"),
				arguments("a reason with each chunk, cut off",
						Reply.stream()
							.raw(GREY.replace("null", "\"stop\"") + GREY.replace("null", "\"stop\"")
									+ GREY.replace("null", "\"stop\"")),
						StreamInterruptedException.class, "whole", "GreyGreyGrey"),
				arguments("reasoning behind the reason",
						Reply.stream().raw(GREY + FINISHED + GREY.replace("content", "reasoning_content")),
						StreamInterruptedException.class, "whole", "Grey"),
				arguments("a tool call behind the reason, marked as done", Reply.stream()
					.raw(GREY + FINISHED
							+ "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\"}}]}}]}\n\n"
							+ DONE),
						StreamInterruptedException.class, "finish reason", "Grey"),
				arguments("a redirect", Reply.status(308).header("Location", "https://new.example/v1"),
						ApertisApiException.class, "https://new.example/v1", ""),
				arguments("a coding that nobody asked for",
						Reply.stream().header("Content-Encoding", "br").raw("no events"),
						MalformedResponseException.class, "'br'", ""),
				arguments("a coding around an error", Reply.status(400).header("Content-Encoding", "zstd").raw("x"),
						InvalidRequestException.class, "'zstd'", ""),
				arguments("a status beyond those of proxies",
						Reply.status(530).header("Content-Type", "text/plain").raw("error code: 1033"),
						GatewayException.class, "error code: 1033", ""));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource({ "failures", "neighboursThatFail" })
	void fails(String name, Reply reply, Class<? extends ApertisException> type, String message, String received) {
		assertAll(List.of(Form.values()), reply, (ended) -> {
			assertThat(ended.failure()).isExactlyInstanceOf(type).hasMessageContaining(message);
			assertThat(ended.partial()).isEqualTo(received);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "finish-network_error-empty", "bare-error-429", "status-520", "status-522" })
	void isRepeatedBeforeAnyContent(String script) {
		for (Form form : Form.values()) {
			try (SimulatedGateway gateway = SimulatedGateway.start(); ApertisClient apertis = client(gateway, 1)) {
				gateway.replyWith(ReplyScript.bundled(script), ReplyScript.bundled("ok"));
				assertThat(form.run(apertis.chat("hello")).content()).isEqualTo("Grey heron");
				assertThat(gateway.requests()).hasSize(2);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 501, 505, 511 })
	void doesNotRepeatWhatDoesNotPass(int status) {
		try (SimulatedGateway gateway = SimulatedGateway.start(); ApertisClient apertis = client(gateway, 1)) {
			gateway.replyWith(Reply.status(status), ReplyScript.bundled("ok"));
			assertThat(Form.FLUX.run(apertis.chat("hello")).failure()).isInstanceOf(GatewayException.class);
			assertThat(gateway.requests()).hasSize(1);
		}
	}

	static Stream<Arguments> usages() {
		return Stream.of(usage("xai-usage", 40, 609, 8, 600), usage("cache-usage", 9004, 20, 9000, 0),
				usage("usage-after-done", 31, 17, 0, 0));
	}

	private static Arguments usage(String script, long input, long output, long cached, long reasoning) {
		return arguments(ReplyScript.bundled(script), input, output, cached, reasoning);
	}

	static Stream<Arguments> neighbouringUsages() {
		return Stream.of(usageOf("{\"prompt_tokens\":5,\"completion_tokens\":0,\"total_tokens\":9}", 5, 4, 0, 0),
				usageOf("{\"prompt_tokens\":4,\"completion_tokens\":2,\"cache_read_input_tokens\":3,"
						+ "\"cache_creation_input_tokens\":7,\"total_tokens\":6}", 14, 2, 3, 0),
				usageOf("{\"prompt_tokens\":10,\"completion_tokens\":8,\"total_tokens\":18,"
						+ "\"completion_tokens_details\":{\"reasoning_tokens\":6}}", 10, 8, 0, 6),
				usageOf("{\"prompt_tokens\":10,\"completion_tokens\":8,\"total_tokens\":27,"
						+ "\"prompt_tokens_details\":{\"cached_tokens\":3},"
						+ "\"completion_tokens_details\":{\"reasoning_tokens\":6}}", 13, 14, 3, 6),
				usageOf("{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\ndata: {\"choices\":[],"
						+ "\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}", 7, 3, 0, 0),
				usageOf("{\"prompt_tokens\":7,\"completion_tokens\":0}}\n\ndata: {\"choices\":[],"
						+ "\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":3}", 7, 3, 0, 0));
	}

	private static Arguments usageOf(String usage, long input, long output, long cached, long reasoning) {
		return arguments(
				Reply.stream().raw(GREY + FINISHED + "data: {\"choices\":[],\"usage\":" + usage + "}\n\n" + DONE),
				input, output, cached, reasoning);
	}

	@ParameterizedTest
	@MethodSource({ "usages", "neighbouringUsages" })
	void countsWhatWasUsed(Reply reply, long input, long output, long cached, long reasoning) {
		assertAll(List.of(Form.BLOCKING, Form.COLLECTED, Form.CALL), reply, (ended) -> {
			Usage usage = ended.completion().usage();
			assertThat(usage).isNotNull();
			assertThat(usage.inputTokens()).isEqualTo(input);
			assertThat(usage.outputTokens()).isEqualTo(output);
			assertThat(usage.cachedInputTokens()).isEqualTo(cached);
			assertThat(usage.reasoningOutputTokens()).isEqualTo(reasoning);
		});
	}

	@Test
	void neverHandsOutHalfACharacter() {
		try (SimulatedGateway gateway = SimulatedGateway.start(); ApertisClient apertis = client(gateway, 0)) {
			gateway.replyWith(ReplyScript.bundled("split-pair"));
			List<String> pieces = apertis.chat("hello").content().collectList().block(LIMIT);
			assertThat(pieces).containsExactly("owl ", "\uD83E\uDD89!");
		}
	}

	@Test
	void readsARepeatedAnnotationOnce() {
		try (SimulatedGateway gateway = SimulatedGateway.start(); ApertisClient apertis = client(gateway, 0)) {
			gateway.replyWith(ReplyScript.bundled("annotations"));
			ChatCompletion completion = apertis.chat("hello").completion().block(LIMIT);
			assertThat(completion).isNotNull();
			assertThat(completion.choices().get(0).annotations()).hasSize(1);
		}
	}

	/**
	 * A provider that keeps the connection open is not waited for any longer.
	 */
	@ParameterizedTest
	@EnumSource(Form.class)
	void waitsOnlyShortlyForAUsageBehindTheDoneMarker(Form form) {
		try (SimulatedGateway gateway = SimulatedGateway.start(); ApertisClient apertis = client(gateway, 0)) {
			gateway.replyWith(Reply.stream().raw(GREY + FINISHED + DONE).stall());
			if (form != Form.CALL) {
				assertThat(form.run(apertis.chat("hello")).content()).isEqualTo("Grey");
			}
			gateway.reset();
			gateway
				.replyWith(Reply.stream().raw(GREY + FINISHED + DONE).pause(Duration.ofMillis(20)).raw(USAGE).stall());
			assertThat(form.run(apertis.chat("hello")).content()).isEqualTo("Grey");
		}
	}

	private static void assertWhole(Reply reply, String content) {
		assertAll(List.of(Form.values()), reply, (ended) -> assertThat(ended.content()).isEqualTo(content));
	}

	/**
	 * All forms at the same time, as some replies take long.
	 */
	private static void assertAll(List<Form> forms, Reply reply, Consumer<Ended> expectation) {
		try (SimulatedGateway gateway = SimulatedGateway.start(); ApertisClient apertis = client(gateway, 0)) {
			gateway.otherwise((request) -> reply);
			List<CompletableFuture<Ended>> all = forms.stream()
				.map((form) -> CompletableFuture.supplyAsync(() -> form.run(apertis.chat("hello")),
						(task) -> new Thread(task).start()))
				.toList();
			for (int i = 0; i < forms.size(); i++) {
				Ended ended = all.get(i).join();
				assertThat(ended).as(forms.get(i).name()).satisfies(expectation);
			}
		}
	}

	private static ApertisClient client(SimulatedGateway gateway, int retries) {
		return ApertisClient.builder()
			.baseUrl(gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.streamLimits(new StreamLimits(LIMIT, LIMIT, null, null, LIMIT, 1024 * 1024, true,
					new FinishReasons(Set.of("out-of-coal"))))
			.retryPolicy(new RetryPolicy(retries, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(1)))
			.build();
	}

	/**
	 * A form in which an answer can be had.
	 */
	private enum Form {

		FLUX {

			@Override
			Ended run(ChatCall call) {
				StringBuilder content = new StringBuilder();
				List<Throwable> failures = new ArrayList<>();
				call.content().doOnNext(content::append).doOnError(failures::add).onErrorComplete().blockLast(LIMIT);
				return new Ended(content.toString(), null, failures);
			}

		},

		BLOCKING {

			@Override
			Ended run(ChatCall call) {
				StringBuilder content = new StringBuilder();
				List<Throwable> failures = new ArrayList<>();
				try (ChatStream stream = call.open()) {
					try {
						stream.forEach((chunk) -> content.append(chunk.content()));
					}
					catch (ApertisException ex) {
						failures.add(ex);
					}
					return new Ended(content.toString(), stream.completion(), failures);
				}
			}

		},

		COLLECTED {

			@Override
			Ended run(ChatCall call) {
				return collected(call.completion());
			}

		},

		CALL {

			@Override
			Ended run(ChatCall call) {
				return collected(call.call());
			}

		};

		abstract Ended run(ChatCall call);

		private static Ended collected(Mono<ChatCompletion> call) {
			List<Throwable> failures = new ArrayList<>();
			ChatCompletion completion = call.doOnError(failures::add).onErrorComplete().block(LIMIT);
			return new Ended((completion != null) ? completion.content() : "", completion, failures);
		}

	}

	private record Ended(String received, @Nullable ChatCompletion whole, List<Throwable> failures) {

		String content() {
			assertThat(this.failures).isEmpty();
			return this.received;
		}

		ChatCompletion completion() {
			assertThat(this.failures).isEmpty();
			assertThat(this.whole).isNotNull();
			return this.whole;
		}

		ApertisException failure() {
			assertThat(this.failures).singleElement().isInstanceOf(ApertisException.class);
			return (ApertisException) this.failures.get(0);
		}

		String partial() {
			return failure().partialCompletion().map(ChatCompletion::content).orElse("");
		}

	}

}
