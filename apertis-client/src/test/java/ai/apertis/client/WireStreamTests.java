package ai.apertis.client;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.ToolCall;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import ai.apertis.test.WireStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Each stream decodes to exactly what its index says, however its bytes are cut.
 */
class WireStreamTests {

	private static final Path RECORDINGS = Path.of("..", "..", "shared", "wire", "streams");

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static SimulatedGateway gateway;

	private static ApertisClient apertis;

	@BeforeAll
	static void start() {
		gateway = SimulatedGateway.start();
		apertis = ApertisClient.builder()
			.baseUrl(gateway.baseUrl())
			.apiKey("test")
			.defaultModel("m")
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	@AfterAll
	static void stop() {
		apertis.close();
		gateway.close();
	}

	static Stream<WireStream> streams() {
		Stream<WireStream> recorded = Files.isDirectory(RECORDINGS) ? WireStream.in(RECORDINGS).stream()
				: Stream.empty();
		return Stream.concat(WireStream.bundled().stream(), recorded);
	}

	@Test
	void recordingsOfRealProvidersAreThere() {
		assumeTrue(Files.isDirectory(RECORDINGS),
				"Skipped: the recordings of real providers are not beside this clone");
		assertThat(WireStream.in(RECORDINGS)).hasSizeGreaterThanOrEqualTo(40);
	}

	@ParameterizedTest
	@MethodSource("streams")
	void decodesWhole(WireStream stream) {
		assertMatches(stream, read(Flux.just(buffer(stream.bytes())), StreamLimits.DEFAULTS), true);
	}

	@ParameterizedTest
	@MethodSource("streams")
	void decodesByteByByte(WireStream stream) {
		Flux<DataBuffer> single = Flux.range(0, stream.bytes().length)
			.map((i) -> buffer(new byte[] { stream.bytes()[i] }));
		assertMatches(stream, read(single, StreamLimits.DEFAULTS), true);
	}

	@ParameterizedTest
	@MethodSource("streams")
	void decodesWithoutFinishReasonWhenNoneIsRequired(WireStream stream) {
		StreamLimits lenient = new StreamLimits(LIMIT, LIMIT, null, null, 1024 * 1024, false);
		assertMatches(stream, read(Flux.just(buffer(stream.bytes())), lenient), false);
	}

	@ParameterizedTest
	@MethodSource("streams")
	void decodesOverHttp(WireStream stream) {
		gateway.replyWith(Reply.stream().raw(stream.bytes()));
		ChatCall call = apertis.chat("hello");
		Result result = call.completion()
			.map((completion) -> new Result(completion, null))
			.onErrorResume(ApertisException.class, (ex) -> Mono.just(failed(ex)))
			.block(LIMIT);
		assertThat(result).isNotNull();
		assertMatches(stream, result, true);
	}

	@ParameterizedTest
	@MethodSource("streams")
	void decodesForBlockingCode(WireStream stream) {
		gateway.replyWith(Reply.stream().raw(stream.bytes()));
		ApertisException failure = null;
		try (ChatStream open = apertis.chat("hello").open()) {
			try {
				open.forEach((chunk) -> assertThat(chunk).isNotNull());
			}
			catch (ApertisException ex) {
				failure = ex;
			}
			assertMatches(stream, new Result(open.completion(), failure), true);
		}
	}

	private static Result read(Flux<DataBuffer> body, StreamLimits limits) {
		EventStream events = new EventStream(limits,
				new ChatCompletionsProtocol(1, limits.finishReasonRequired(), limits.finishReasons()), (text) -> text,
				StreamListener.NONE);
		ChunkCollector collector = new ChunkCollector(new ChatJson(JsonMapper.shared()));
		events.read(body, collector).onErrorComplete(ApertisException.class).blockLast(LIMIT);
		return new Result(collector.completion(), events.failure());
	}

	private static Result failed(ApertisException failure) {
		return new Result(failure.partialCompletion().orElseThrow(), failure);
	}

	private static void assertMatches(WireStream stream, Result actual, boolean finishReasonRequired) {
		JsonNode expected = stream.expected();
		ChatCompletion completion = actual.completion();
		assertThat(outcome(actual.failure())).isEqualTo(outcome(expected, finishReasonRequired));
		assertThat(completion.id()).isEqualTo(expected.path("id").asString(null));
		assertThat(completion.model()).isEqualTo(expected.path("model").asString(null));
		assertThat(completion.choices()).hasSameSizeAs(expected.path("choices"));
		for (int i = 0; i < completion.choices().size(); i++) {
			assertMatches(expected.path("choices").get(i), completion.choices().get(i));
		}
		assertUsage(expected.path("usage"), completion.usage());
		if (expected.path("error").isObject()) {
			assertThat(((ApertisApiException) actual.failure()).error().message())
				.isEqualTo(expected.path("error").path("message").asString());
		}
	}

	private static void assertMatches(JsonNode expected, ChatCompletion.Choice actual) {
		assertThat(actual.index()).isEqualTo(expected.path("index").asInt());
		assertThat(actual.content()).hasSize(expected.path("content_length").asInt());
		assertThat(sha256(actual.content())).isEqualTo(expected.path("content_sha256").asString());
		assertThat(actual.reasoning()).hasSize(expected.path("reasoning_length").asInt());
		if (!actual.reasoning().isEmpty()) {
			assertThat(sha256(actual.reasoning())).isEqualTo(expected.path("reasoning_sha256").asString());
		}
		assertThat(actual.refusal()).hasSize(expected.path("refusal_length").asInt());
		assertThat((actual.finishReason() != null) ? actual.finishReason().value() : null)
			.isEqualTo(expected.path("finish_reason").asString(null));
		assertThat(actual.toolCalls()).extracting(WireStreamTests::describe)
			.isEqualTo(expected.path("tool_calls").valueStream().map(WireStreamTests::describe).toList());
	}

	private static List<String> describe(ToolCall call) {
		String id = call.id().startsWith(ToolCall.GENERATED_ID) ? "null" : call.id();
		return List.of(id, String.valueOf(call.name()), call.arguments());
	}

	private static List<String> describe(JsonNode call) {
		return List.of(String.valueOf(call.path("id").asString(null)), String.valueOf(call.path("name").asString(null)),
				call.path("arguments").asString());
	}

	private static void assertUsage(JsonNode expected, @Nullable Usage actual) {
		if (!expected.isObject()) {
			assertThat(actual).isNull();
			return;
		}
		assertThat(actual).isNotNull();
		assertThat(actual.inputTokens()).isEqualTo(expected.path("prompt_tokens").asLong());
		// some providers have the reasoning in the total only
		assertThat(actual.outputTokens()).isEqualTo(Math.max(expected.path("completion_tokens").asLong(),
				expected.path("total_tokens").asLong() - expected.path("prompt_tokens").asLong()));
		assertThat(actual.totalTokens()).isEqualTo(expected.path("total_tokens").asLong());
		assertThat(actual.reasoningOutputTokens()).isEqualTo(expected.path("completion_tokens_details")
			.path("reasoning_tokens")
			.asLong(expected.path("reasoning_tokens").asLong(0)));
	}

	/**
	 * A done marker without any finish reason is taken for whole by the index, but is no
	 * proof by the rules that hold unless the user says otherwise.
	 */
	private static Outcome outcome(JsonNode expected, boolean finishReasonRequired) {
		if (expected.path("error").isObject()) {
			return Outcome.FAILED;
		}
		boolean finished = expected.path("choices")
			.valueStream()
			.allMatch((choice) -> choice.path("finish_reason").isString());
		boolean complete = expected.path("complete").asBoolean() && (finished || !finishReasonRequired);
		return complete ? Outcome.COMPLETED : Outcome.INTERRUPTED;
	}

	private static Outcome outcome(@Nullable ApertisException failure) {
		return (failure == null) ? Outcome.COMPLETED
				: (failure instanceof StreamInterruptedException) ? Outcome.INTERRUPTED : Outcome.FAILED;
	}

	private static DataBuffer buffer(byte[] bytes) {
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
	}

	private static String sha256(String text) {
		try {
			return HexFormat.of()
				.formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private record Result(ChatCompletion completion, @Nullable ApertisException failure) {
	}

}
