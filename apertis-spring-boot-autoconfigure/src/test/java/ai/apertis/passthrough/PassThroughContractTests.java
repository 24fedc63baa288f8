package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import ai.apertis.test.WireStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the pass-through does, on both web stacks the same.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class PassThroughContractTests {

	private static final String PATH = TestApplication.PATH;

	private static final String KEY = TestApplication.KEY;

	private static final String REQUEST = TestApplication.REQUEST;

	private static final String REQUEST_WITH_USAGE = """
			{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"stream":true,\
			"stream_options":{"include_usage":true}}""";

	private static final Path RECORDINGS = Path.of("..", "..", "shared", "wire", "streams");

	private static final Duration SOON = Duration.ofSeconds(10);

	private SimulatedGateway gateway;

	private TestApplication application;

	private int port;

	private final WebApplicationType type;

	private final String[] properties;

	PassThroughContractTests(WebApplicationType type, String... properties) {
		this.type = type;
		this.properties = properties;
	}

	@BeforeAll
	void start() {
		List<String> all = new ArrayList<>(
				List.of("apertis.pass-through.max-request-size=64KB", "apertis.pass-through.max-request-depth=50",
						"apertis.stream.first-chunk-timeout=2s", "apertis.stream.idle-timeout=1s"));
		all.addAll(List.of(this.properties));
		this.application = TestApplication.start(this.type, all.toArray(String[]::new));
		this.gateway = this.application.gateway();
		this.port = this.application.port();
	}

	@AfterAll
	void stop() {
		this.application.close();
	}

	@AfterEach
	void forget() {
		this.gateway.reset();
	}

	static Stream<WireStream> streams() {
		Stream<WireStream> recorded = Files.isDirectory(RECORDINGS) ? WireStream.in(RECORDINGS).stream()
				: Stream.empty();
		return Stream.concat(WireStream.bundled().stream(), recorded);
	}

	@ParameterizedTest
	@MethodSource("streams")
	void relaysEachEventsBytes(WireStream stream) throws IOException {
		this.gateway.replyWith(Reply.stream().raw(stream.bytes()));
		assertRelayed(stream);
	}

	@ParameterizedTest
	@MethodSource("smallStreams")
	void relaysEachEventsBytesWhenTheyComeOneByOne(WireStream stream) throws IOException {
		this.gateway.replyWith(Reply.stream().byteByByte(stream.bytes()));
		assertRelayed(stream);
	}

	static Stream<WireStream> smallStreams() {
		return streams().filter((stream) -> stream.bytes().length < 4_000);
	}

	private void assertRelayed(WireStream stream) throws IOException {
		try (RawExchange exchange = post(REQUEST_WITH_USAGE)) {
			byte[] body = exchange.body();
			assertThat(exchange.status()).isEqualTo(200);
			List<String> sent = data(stream.bytes());
			List<String> relayed = data(body);
			if (isComplete(stream)) {
				assertThat(exchange.isTerminated()).isTrue();
				if (!sent.contains("[DONE]")) {
					sent.add("[DONE]");
				}
				assertThat(relayed).isEqualTo(sent.subList(0, sent.indexOf("[DONE]") + 1));
				if (sent.size() == relayed.size() && hasNothingToDrop(stream.bytes())) {
					// the done marker may be ours
					String text = new String(stream.bytes(), StandardCharsets.UTF_8);
					int done = text.lastIndexOf("[DONE]");
					assertThat(new String(body, StandardCharsets.UTF_8))
						.startsWith((done < 0) ? text.stripTrailing() : text.substring(0, text.lastIndexOf("data:")));
				}
			}
			else {
				assertThat(exchange.isTerminated()).isFalse();
				assertThat(relayed).doesNotContain("[DONE]");
				assertThat(relayed.get(relayed.size() - 1)).contains("\"error\"");
				String told = relayed.get(relayed.size() - 1);
				assertThat(sent.contains(told) ? relayed : relayed.subList(0, relayed.size() - 1))
					.isEqualTo(sent.subList(0, sent.contains(told) ? relayed.size() : relayed.size() - 1));
			}
		}
	}

	/**
	 * Read the data of all events that are neither comments nor wrapped ones.
	 */
	private static List<String> data(byte[] stream) {
		String text = new String(stream, StandardCharsets.UTF_8).replace("\uFEFF", "").replaceAll("\r\n|\r", "\n");
		List<String> all = new ArrayList<>();
		for (String block : text.substring(0, text.lastIndexOf("\n\n") + 2).split("\n\n")) {
			String data = String.join("\n",
					Arrays.stream(block.split("\n"))
						.filter((line) -> line.startsWith("data:"))
						.map((line) -> line.substring(5).strip())
						.toList());
			if (!data.isEmpty() && !data.startsWith(":")) {
				all.add(data);
			}
		}
		return all;
	}

	private static boolean hasNothingToDrop(byte[] stream) {
		String text = new String(stream, StandardCharsets.ISO_8859_1);
		return text.startsWith("data") && !text.matches("(?s).*[\r\n]:.*|.*data: ?:.*|.*data:\n.*");
	}

	private static boolean isComplete(WireStream stream) {
		JsonNode expected = stream.expected();
		return expected.path("complete").asBoolean()
				&& expected.path("choices").valueStream().allMatch((choice) -> choice.path("finish_reason").isString());
	}

	@Test
	void deliversEachEventWhenItComes() throws IOException {
		this.gateway.replyWith(Reply.stream().content("one").hold().content("two").hold().finish("stop").done());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.chunk()).contains("\"one\"").doesNotContain("\"two\"");
			this.gateway.release();
			assertThat(exchange.chunk()).contains("\"two\"").doesNotContain("[DONE]");
			this.gateway.release();
			assertThat(exchange.text()).contains("\"stop\"").endsWith("data: [DONE]\n\n");
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

	@Test
	void sendsHeadersThatKeepProxiesFromBuffering() throws IOException {
		this.gateway.replyWith(Reply.answer("a").header("Set-Cookie", "gateway=1").header("X-Internal", "1"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
			assertThat(exchange.header("Cache-Control")).isEqualTo("no-cache, no-transform");
			assertThat(exchange.header("X-Accel-Buffering")).isEqualTo("no");
			assertThat(exchange.headers()).doesNotContainKeys("Set-Cookie", "X-Internal", "Content-Length");
		}
	}

	@Test
	void sendsNoHeaderOfTheClientUpstream() throws Exception {
		this.gateway.replyWith(Reply.answer("a"));
		try (RawExchange exchange = post(REQUEST, "Authorization: Bearer the-clients-own", "Cookie: session=1",
				"X-Forwarded-For: 10.0.0.1", "x-api-key: another", "User-Agent: browser")) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		RecordedRequest request = this.gateway.takeRequest();
		assertThat(request.path()).isEqualTo("/v1/chat/completions");
		assertThat(request.header("Authorization")).contains("Bearer " + KEY);
		assertThat(request.header("Content-Type")).contains("application/json");
		assertThat(request.headers()).doesNotContainKeys("Cookie", "X-Forwarded-For", "x-api-key");
		assertThat(request.header("User-Agent")).contains("apertis-spring");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", ",\"stream_options\":null", ",\"stream_options\":{\"include_usage\":false}",
			",\"stream_options\":\"none\"" })
	void countsUsageThatTheClientDidNotAskForAndHidesIt(String options) throws Exception {
		double before = this.application.tokens("input_tokens");
		this.gateway.replyWith(Reply.stream().content("a").finish("stop").usage(11, 22).done());
		try (RawExchange exchange = post(REQUEST.replace("}],\"stream\":true", "}],\"stream\":true" + options))) {
			assertThat(exchange.text()).contains("\"a\"").contains("[DONE]").doesNotContain("usage");
		}
		assertThat(this.gateway.takeRequest().body()).contains("\"stream_options\":{\"include_usage\":true}");
		Awaitility.await().atMost(SOON).until(() -> this.application.tokens("input_tokens") == before + 11);
	}

	@Test
	void keepsOtherStreamOptions() throws Exception {
		this.gateway.replyWith(Reply.stream().content("a").finish("stop").usage(1, 2).done());
		try (RawExchange exchange = post(REQUEST.replace("}],\"stream\":true",
				"}],\"stream\":true,\"temperature\":0.10000000000000000001,\"stream_options\":{\"include_obfuscation\":false}"))) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		assertThat(this.gateway.takeRequest().body())
			.contains("\"stream_options\":{\"include_obfuscation\":false,\"include_usage\":true}")
			.contains("0.10000000000000000001");
	}

	@Test
	void relaysUsageThatTheClientAskedFor() throws IOException {
		this.gateway.replyWith(Reply.stream().content("a").finish("stop").usage(3, 4).done());
		try (RawExchange exchange = post(REQUEST_WITH_USAGE)) {
			assertThat(exchange.text()).contains("\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4");
		}
	}

	@ParameterizedTest
	@CsvSource({ "400,400", "401,502", "402,502", "403,403", "404,404", "413,413", "422,422", "429,429", "500,500",
			"503,503", "529,529", "418,502" })
	void answersAnErrorBeforeTheStreamWithAStatus(int upstream, int status) throws IOException {
		this.gateway.replyWith(Reply.error(upstream, "some_error", "some_code", "Something about " + KEY)
			.header("Retry-After", "7")
			.header("Set-Cookie", "gateway=1"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(status);
			assertThat(exchange.header("Content-Type")).startsWith("application/json");
			assertThat(exchange.headers()).doesNotContainKey("Set-Cookie");
			JsonNode error = TestApplication.json(exchange.text()).path("error");
			if (upstream == 401 || upstream == 402) {
				assertThat(error.path("message").asString())
					.isEqualTo("The application cannot use the language model at the moment");
			}
			else {
				assertThat(exchange.header("Retry-After")).isEqualTo("7");
				assertThat(error.path("message").asString()).isEqualTo("Something about [redacted]");
				assertThat(error.path("code").asString()).isEqualTo("some_code");
			}
		}
	}

	@Test
	void answersAnErrorThatIsTheFirstEventWithAStatus() throws IOException {
		Reply busy = Reply.stream().comment("busy").errorEvent("server_error", "model_overloaded", "Busy");
		this.gateway.replyWith(busy, busy);
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(503);
			assertThat(TestApplication.json(exchange.text()).path("error").path("message").asString())
				.isEqualTo("Busy");
		}
	}

	@Test
	void repeatsACallThatFailsBeforeItsFirstEvent() throws IOException {
		this.gateway.replyWith(Reply.stream().errorEvent("server_error", "model_overloaded", "Busy"),
				Reply.answer("at last"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).contains("at last").endsWith("data: [DONE]\n\n").doesNotContain("Busy");
		}
		assertThat(this.gateway.requests()).hasSize(2);
	}

	@Test
	void relaysAnErrorInsideTheStreamAndBreaksOff() throws IOException {
		this.gateway
			.replyWith(Reply.stream().content("half").errorEvent("server_error", "upstream_error", "Gone").done());
		assertBrokenOff("\"message\":\"Gone\"", "failed");
	}

	@Test
	void hidesTheKeyWhenAnErrorInsideTheStreamEchoesIt() throws IOException {
		this.gateway.replyWith(
				Reply.stream().content("half").errorEvent("server_error", "upstream_error", "Key " + KEY + " failed"));
		assertBrokenOff("Key [redacted] failed", "failed");
	}

	@Test
	void hidesTheKeyInAllPartsOfAnError() throws IOException {
		String escaped = KEY.replace("-", "\\u002d");
		this.gateway.replyWith(Reply.stream().content("half").errorEvent("t " + KEY, "c " + KEY, "m"));
		assertBrokenOff("c [redacted]", "failed");
		this.gateway
			.replyWith(Reply.stream().content("half").event("", "{\"error\":{\"message\":\"Key " + escaped + "\"}}"));
		assertBrokenOff("Key [redacted]", "failed");
		this.gateway.replyWith(Reply.json(400, "{\"error\":{\"message\":\"Key " + escaped + "\"}}"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).contains("Key [redacted]").doesNotContain("secret");
		}
	}

	@Test
	void tellsTheLogOnlyOfTheOwnersTroubleInsideTheStream() throws IOException {
		this.gateway.replyWith(
				Reply.stream().content("half").errorEvent("billing_error", "insufficient_balance", "Pay your bill"));
		assertBrokenOff("The application cannot use the language model at the moment", "failed");
	}

	@Test
	void breaksOffWhenTheGatewayEndsWithoutFinishReason() throws IOException {
		this.gateway.replyWith(Reply.stream().content("half"));
		assertBrokenOff("stream_interrupted", "interrupted");
	}

	@Test
	void breaksOffWhenTheGatewayMarksAnUnfinishedStreamAsDone() throws IOException {
		this.gateway.replyWith(Reply.stream().content("half").done());
		assertBrokenOff("stream_interrupted", "interrupted");
	}

	@Test
	void breaksOffWhenTheConnectionToTheGatewayIsCut() throws IOException {
		this.gateway.replyWith(Reply.stream().content("half").raw("data: {\"choices\":[{\"ind").cut());
		assertBrokenOff("stream_interrupted", "interrupted");
	}

	@Test
	void breaksOffWhenTheConnectionToTheGatewayIsReset() throws IOException {
		this.gateway.replyWith(Reply.stream().content("half").reset());
		assertBrokenOff("stream_interrupted", "interrupted");
	}

	@Test
	void breaksOffWhenTheGatewayFallsSilent() throws IOException {
		this.gateway.replyWith(Reply.stream().content("half").stall());
		assertBrokenOff("upstream_timeout", "interrupted");
	}

	@Test
	void breaksOffWhenAnEventIsNoJson() throws IOException {
		this.gateway.replyWith(Reply.stream().content("half").event("", "{\"choices\":rubbish").done());
		assertBrokenOff("upstream_malformed", "failed");
	}

	private void assertBrokenOff(String error, String outcome) throws IOException {
		double before = this.application.calls(outcome);
		try (RawExchange exchange = post(REQUEST)) {
			String body = exchange.text();
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(data(body.getBytes(StandardCharsets.UTF_8))).hasSize(2);
			assertThat(body).contains("\"half\"").contains(error).doesNotContain("[DONE]").doesNotContain(KEY);
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().atMost(SOON).until(() -> this.application.calls(outcome) == before + 1);
	}

	@Test
	void treatsAnEmptyErrorObjectAsNoError() throws IOException {
		WireStream stream = WireStream.bundled()
			.stream()
			.filter((bundled) -> bundled.name().equals("empty-error.sse"))
			.findFirst()
			.orElseThrow();
		this.gateway.replyWith(Reply.stream().raw(stream.bytes()));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.body()).isEqualTo(stream.bytes());
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

	@Test
	void addsTheDoneMarkerToAWholeStreamThatHasNone() throws IOException {
		this.gateway.replyWith(Reply.stream().content("a").finish("stop"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

	@Test
	void answersAPageInPlaceOfAStreamWithBadGateway() throws IOException {
		this.gateway.replyWith(Reply.status(200).header("Content-Type", "text/html").raw("<html></html>"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(502);
			assertThat(TestApplication.json(exchange.text()).path("error").has("message")).isTrue();
		}
	}

	@Test
	void answersAGatewayThatHangsUpWithBadGateway() throws IOException {
		this.gateway.replyWith(Reply.hangUp(), Reply.hangUp(), Reply.hangUp(), Reply.hangUp());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(502);
			assertThat(exchange.text()).contains("upstream_unreachable");
		}
	}

	@Test
	void answersAGatewayThatStaysSilentWithGatewayTimeout() throws IOException {
		this.gateway.replyWith(Reply.never());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(504);
		}
	}

	@Test
	void relaysAWholeCompletionAsAStreamWhenTheGatewayDoesNotStream() throws IOException {
		this.gateway.replyWith(Reply.json(200, """
				{"choices":[{"index":0,"message":{"role":"assistant","content":"whole"},
				"finish_reason":"stop"}]}"""));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.header("Content-Type")).startsWith("text/event-stream");
			assertThat(exchange.text()).contains("\"delta\":{\"role\":\"assistant\",\"content\":\"whole\"}")
				.endsWith("data: [DONE]\n\n");
		}
	}

	@Test
	void answersARequestThatAsksForNoStreamWithJson() throws Exception {
		double before = this.application.tokens("output_tokens");
		String completion = """
				{"choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}],\
				"usage":{"prompt_tokens":1,"completion_tokens":9,"total_tokens":10},"unknown":[1]}""";
		this.gateway.replyWith(Reply.json(200, completion));
		try (RawExchange exchange = post(REQUEST.replace("true", "false"))) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.header("Content-Type")).startsWith("application/json");
			assertThat(exchange.text()).isEqualTo(completion);
		}
		assertThat(this.gateway.takeRequest().body()).doesNotContain("stream_options");
		Awaitility.await().atMost(SOON).until(() -> this.application.tokens("output_tokens") == before + 9);
	}

	@Test
	void answersAnErrorToARequestThatAsksForNoStream() throws IOException {
		this.gateway.replyWith(
				Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow down").header("Retry-After", "3"));
		try (RawExchange exchange = post(REQUEST.replace("true", "false"))) {
			assertThat(exchange.status()).isEqualTo(429);
			assertThat(exchange.header("Retry-After")).isEqualTo("3");
			assertThat(TestApplication.json(exchange.text()).path("error").path("message").asString())
				.isEqualTo("Slow down");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"choices\":", "<html>" })
	void answersAWholeAnswerThatIsNoneWithBadGateway(String body) throws IOException {
		for (Reply reply : List.of(Reply.json(200, body), Reply.json(200, body).cut())) {
			// what is cut off is asked for once more
			this.gateway.replyWith(reply, reply, reply);
			try (RawExchange exchange = post(REQUEST.replace("true", "false"))) {
				assertThat(exchange.status()).isEqualTo(502);
			}
		}
	}

	@Test
	void closesTheConnectionToTheGatewayWhenTheClientHangsUp() throws Exception {
		double before = this.application.calls("cancelled");
		this.gateway.replyWith(Reply.stream().repeat("on and on", 100_000, Duration.ofMillis(20)));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.chunk()).contains("on and on");
		}
		assertThat(this.gateway.takeRequest().awaitClosed(SOON)).isTrue();
		Awaitility.await().atMost(SOON).until(() -> this.application.calls("cancelled") == before + 1);
	}

	@Test
	void servesTheNextClientUnharmedAfterOneThatHungUp() throws Exception {
		for (int i = 0; i < 40; i++) {
			this.gateway.replyWith(Reply.stream().repeat("on and on", 100_000, Duration.ofMillis(1)),
					Reply.answer("one", "two"));
			try (RawExchange exchange = post(REQUEST)) {
				assertThat(exchange.chunk()).contains("on and on");
			}
			try (RawExchange exchange = post(REQUEST)) {
				assertThat(exchange.text()).contains("\"one\"", "\"two\"").doesNotContain("on and on");
				assertThat(exchange.isTerminated()).isTrue();
			}
		}
		Awaitility.await().atMost(SOON).until(() -> this.application.active() == 0);
	}

	@Test
	void stopsReadingTheGatewayWhileTheClientDoesNotRead() throws Exception {
		long total = 60_000;
		this.gateway.replyWith(
				Reply.stream().repeat("x".repeat(200), total, Duration.ZERO).finish("stop").usage(1, total).done());
		double before = this.application.tokens("output_tokens");
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.chunk()).contains("xxx");
			Awaitility.await()
				.pollDelay(Duration.ofSeconds(1))
				.atMost(SOON)
				.until(() -> this.application.tokens("output_tokens") == before);
			assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
		}
		Awaitility.await().atMost(SOON).until(() -> this.application.tokens("output_tokens") == before + total);
	}

	@ParameterizedTest
	@ValueSource(strings = { "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x",
			"application/jsonx", "rubbish", "" })
	void refusesABodyThatIsNotDeclaredAsJson(String contentType) throws IOException {
		Map<String, String> headers = contentType.isEmpty() ? Map.of() : Map.of("Content-Type", contentType);
		try (RawExchange exchange = RawExchange.post(this.port, PATH, REQUEST.getBytes(StandardCharsets.UTF_8), headers,
				List.of())) {
			assertThat(exchange.status()).isEqualTo(415);
			assertThat(TestApplication.json(exchange.text()).path("error").path("code").asString())
				.isEqualTo("unsupported_media_type");
		}
		assertThat(this.gateway.requests()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			                                             | invalid_request
			not json                                     | invalid_request
			[]                                           | invalid_request
			{"model":"m"} {"model":"n"}                  | invalid_request
			{"messages":[]}                              | missing_parameter
			{"model":7,"messages":[]}                    | invalid_parameter
			{"model":"m","messages":[],"stream":"true"}  | invalid_parameter
			{"model":"m","temperature":1e99999999999}    | invalid_request
			""")
	void refusesABodyThatCannotBeSentUpstream(String body, String code) throws IOException {
		try (RawExchange exchange = post((body != null) ? body : "")) {
			assertThat(exchange.status()).isEqualTo(400);
			JsonNode error = TestApplication.json(exchange.text()).path("error");
			assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
			assertThat(error.path("code").asString()).isEqualTo(code);
		}
		assertThat(this.gateway.requests()).isEmpty();
	}

	@Test
	void refusesABodyThatIsNestedTooDeep() throws IOException {
		try (RawExchange exchange = post(
				"{\"model\":\"m\",\"messages\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}")) {
			assertThat(exchange.status()).isEqualTo(400);
		}
		assertThat(this.gateway.requests()).isEmpty();
	}

	@Test
	void refusesABodyThatIsTooLarge() throws IOException {
		try (RawExchange exchange = post("{\"model\":\"" + "m".repeat(70_000) + "\"}")) {
			assertThat(exchange.status()).isEqualTo(413);
			assertThat(TestApplication.json(exchange.text()).path("error").path("code").asString())
				.isEqualTo("request_too_large");
		}
		assertThat(this.gateway.requests()).isEmpty();
	}

	private RawExchange post(String json, String... headers) throws IOException {
		return RawExchange.post(this.port, PATH, json, headers);
	}

}
