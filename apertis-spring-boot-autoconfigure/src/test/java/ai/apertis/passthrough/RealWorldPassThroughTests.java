package ai.apertis.passthrough;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ai.apertis.test.Reply;
import ai.apertis.test.ReplyScript;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What real gateways and providers send, as a client of the pass-through gets it: the
 * whole answer, or a failure that nobody takes for one.
 */
@BothStacks
class RealWorldPassThroughTests {

	private static final String WHOLE = TestApplication.REQUEST.replace("true", "false");

	private static TestApplication application;

	@Parameter
	private WebApplicationType type;

	@BeforeParameterizedClassInvocation
	static void start(WebApplicationType type) {
		application = TestApplication.start(type, "apertis.retry.max-retries=0",
				"apertis.stream.failure-finish-reasons=out_of_coal");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		application.close();
	}

	@BeforeEach
	void forget() {
		application.gateway().reset();
	}

	@ParameterizedTest
	@CsvSource({ "stop-everywhere, Nine white swans", "null-text-slow, The river rises", "ct-dup, Grey heron",
			"ct-json, Grey heron", "ct-noslash, Grey heron", "ct-octet, Grey heron", "ct-plain, Grey heron",
			"call-ok, Grey heron", "call-plain, Grey heron", "call-octet, Grey heron", "call-sse, Grey heron",
			"big-head, Grey heron", "usage-after-done, Nine swans", "hb-double, Nine swans", "hb-single, Nine swans",
			"ids-slow, Nine swans", "one-newline, Grey heron", "nan, Grey", "ok, Grey heron",
			"slow, ' w0 w1 w2 w3 w4 w5'", "xai-usage, Seven", "cache-usage, Seven", "annotations, Grey heron" })
	void isDeliveredWhole(String script, String content) throws IOException {
		assertWhole(ReplyScript.bundled(script), content);
	}

	static Stream<Arguments> neighboursThatAreWhole() {
		String grey = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grey\"}}]}\n\n";
		String finished = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
		return Stream.of(arguments("a raw tab in a text", ReplyScript.bundled("ctrl"), "Grey\theron"),
				arguments("a character in two halves", ReplyScript.bundled("split-pair"), "owl \uD83E\uDD89!"),
				arguments("blanks for a reason",
						Reply.stream().raw(grey.replace("}}]", "},\"finish_reason\":\" \"}]") + finished), "Grey"),
				arguments("a usage behind the done marker",
						Reply.stream()
							.raw(grey + finished
									+ "data: [DONE]\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n"),
						"Grey"),
				arguments("the done marker without its empty line",
						Reply.stream().raw(grey + finished + "data: [DONE]"), "Grey"),
				arguments("no type at all", Reply.status(200).raw("\uFEFF\n\n" + grey + finished + "data: [DONE]\n\n"),
						"Grey"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("neighboursThatAreWhole")
	void isDeliveredWholeToo(String name, Reply reply, String content) throws IOException {
		assertWhole(reply, content);
	}

	private static void assertWhole(Reply reply, String content) throws IOException {
		application.gateway().replyWith(reply, reply);
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			String text = exchange.text();
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
			assertThat(content(text)).isEqualTo(content);
			assertThat(text).endsWith("data: [DONE]\n\n").containsOnlyOnce("[DONE]").doesNotContain("\"error\"");
			assertThat(exchange.isTerminated()).isTrue();
		}
		try (RawExchange exchange = application.post(WHOLE)) {
			JsonNode json = TestApplication.json(exchange.text());
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.header("Content-Type")).isEqualTo("application/json");
			assertThat(json.at("/choices/0/message/content").asString()).isEqualTo(content);
			assertThat(json.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
		}
	}

	@ParameterizedTest
	@CsvSource({ "bare-error, 400, context of this model", "bare-error-429, 429, Slow down", "status-520, 520, 520",
			"status-522, 522, 522", "finish-network_error-empty, 502, network_error" })
	void failsWithAStatusBeforeAnyContent(String script, int status, String message) throws IOException {
		for (String request : new String[] { TestApplication.REQUEST, WHOLE }) {
			application.gateway().replyWith(ReplyScript.bundled(script));
			try (RawExchange exchange = application.post(request)) {
				assertThat(exchange.status()).isEqualTo(status);
				assertThat(TestApplication.error(exchange.text()).path("message").asString()).contains(message);
			}
		}
	}

	static Stream<Arguments> brokenStreams() {
		String grey = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grey\"}}]}\n\n";
		return Stream.of(
				arguments("null-text-cut", ReplyScript.bundled("null-text-cut"), "The river rises",
						"stream_interrupted"),
				arguments("network_error", ReplyScript.bundled("finish-network_error"), "Half an ans", "network_error"),
				arguments("insufficient_system_resource", ReplyScript.bundled("finish-insufficient_system_resource"),
						"Half an ans", "insufficient_system_resource"),
				arguments("a word of the application's own",
						Reply.stream().content("Grey").finish("out-of-coal").done(), "Grey", "out-of-coal"),
				arguments("a reason with each chunk, cut",
						Reply.stream().raw(grey.replace("}}]", "},\"finish_reason\":\"stop\"}]").repeat(3)),
						"GreyGreyGrey", "stream_interrupted"),
				arguments("a bare error", Reply.stream().raw(grey + "{\"error\":{\"message\":\"Worn out\"}}\n\n"),
						"Grey", "Worn out"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("brokenStreams")
	void isNeverTakenForWhole(String name, Reply reply, String content, String error) throws IOException {
		application.gateway().replyWith(reply);
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			String text = exchange.text();
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(content(text)).isEqualTo(content);
			assertThat(text).doesNotContain("[DONE]");
			assertThat(text.substring(text.lastIndexOf("data:"))).contains("\"error\"", error);
			assertThat(exchange.isTerminated()).isFalse();
		}
	}

	@ParameterizedTest
	@CsvSource({ "xai-usage, 40, 609", "cache-usage, 9004, 20", "usage-after-done, 31, 17" })
	void countsWhatWasUsed(String script, double input, double output) throws IOException {
		for (String request : new String[] { TestApplication.REQUEST, WHOLE }) {
			double inputBefore = application.tokens("input_tokens", false);
			double outputBefore = application.tokens("output_tokens", false);
			application.gateway().replyWith(ReplyScript.bundled(script));
			try (RawExchange exchange = application.post(request)) {
				assertThat(exchange.text()).isNotEmpty();
			}
			Awaitility.await().untilAsserted(() -> {
				assertThat(application.tokens("input_tokens", false) - inputBefore).isEqualTo(input);
				assertThat(application.tokens("output_tokens", false) - outputBefore).isEqualTo(output);
			});
		}
	}

	private static String content(String events) {
		return data(events).stream()
			.map((data) -> TestApplication.json(data).at("/choices/0/delta/content").asString(""))
			.collect(Collectors.joining());
	}

	/**
	 * The JSON of all events, some of which came with a raw control character.
	 */
	private static List<String> data(String events) {
		return Arrays.stream(events.split("\n"))
			.filter((line) -> line.startsWith("data:") && !line.endsWith("[DONE]"))
			.map((line) -> line.substring(5).replace("\t", "\\t").replaceAll("NaN|-?Infinity", "0"))
			.toList();
	}

}
