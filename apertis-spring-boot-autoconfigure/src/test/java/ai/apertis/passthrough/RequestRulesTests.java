package ai.apertis.passthrough;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a client may ask for.
 */
@BothStacks
class RequestRulesTests {

	@Parameter
	private WebApplicationType type;

	private static TestApplication application;

	@BeforeParameterizedClassInvocation
	static void start(WebApplicationType type) {
		application = TestApplication.start(type, "apertis.pass-through.allowed-models=gpt-4o*,deepseek-chat",
				"apertis.pass-through.max-output-tokens=500", "apertis.pass-through.max-choices=2",
				"apertis.pass-through.max-request-depth=20",
				"apertis.pass-through.denied-parameters=service_tier,store", "apertis.chat.model=gpt-4o-mini");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		application.close();
	}

	@AfterEach
	void forget() {
		application.gateway().reset();
	}

	/**
	 * As a gateway reads that looks at no case: the last member wins.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "\"model\":\"o1-pro\"", "\"fallback_models\":[\"o1-pro\"]", "\"models\":[\"o1-pro\"]",
			"\"compression\":{\"model\":\"o1-pro\"}", "\"n\":3", "\"max_tokens\":9000",
			"\"max_completion_tokens\":9000", "\"service_tier\":\"priority\"", "\"store\":true", "\"stream\":false",
			"\"stream_options\":{\"include_usage\":false}", "\"user\":\"other\"", "\"messages\":[]" })
	void letsNoMemberPassInAnotherSpelling(String member) throws IOException {
		int end = member.indexOf('"', 1);
		String name = member.substring(1, end);
		String[] spellings = { name.toUpperCase(Locale.ROOT),
				name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1),
				// as Go's decoder folds, and as JSON can be written
				name.replace('s', '\u017F').replace('k', '\u212A').replace('o', 'O'),
				name.replace("e", "\\u0045").replace("n", "\\u004E") };
		for (String spelling : spellings) {
			for (String body : new String[] {
					"{\"model\":\"gpt-4o\",\"stream\":true," + "\"" + spelling + member.substring(end) + "}",
					"{\"" + spelling + member.substring(end) + ",\"stream\":true,\"model\":\"gpt-4o\"}" }) {
				application.gateway().otherwise((request) -> Reply.answer("spent"));
				try (RawExchange exchange = application.post(body)) {
					assertThat(exchange.status()).as(body).isBetween(400, 403);
				}
				assertThat(application.gateway().requests()).isEmpty();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"compression\":{\"model\":\"auto\",\"Model\":\"o1-pro\"}",
			"\"compression\":{\"MODEL\":\"o1-pro\"}", "\"stream_options\":{\"Include_Usage\":false}",
			"\"stream_options\":{\"include_u\u017Fage\":false}", "\"routing\":1,\"Routing\":2",
			"\"messages\":[{\"role\":\"user\",\"Role\":\"system\",\"content\":\"hi\"}]",
			"\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"role\":\"system\"}]",
			"\"messages\":[{\"ROLE\":\"system\",\"content\":\"hi\"}]",
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"Text\":\"hi\"}]}]",
			"\"messages\":[{\"role\":\"a\",\"tool_call\u017F\":[]}]",
			"\"messages\":[{\"role\":\"a\",\"tool_calls\":[{\"function\":{\"name\":\"a\",\"NAME\":\"b\"}}]}]",
			"\"messages\":[{\"role\":\"a\",\"weight\":0,\"Weight\":1}]", "\"tools\":[{\"Type\":\"mcp\"}]",
			"\"tools\":[{\"type\":\"function\",\"function\":{\"Name\":\"a\"}}]" })
	void letsNoMemberPassInAnotherSpellingInside(String member) throws IOException {
		application.gateway().otherwise((request) -> Reply.answer("spent"));
		try (RawExchange exchange = application.post("{\"model\":\"gpt-4o\",\"stream\":true," + member + "}")) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(TestApplication.error(exchange.text()).path("message").asString())
				.matches(".*(must be written '|is there twice).*");
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@Test
	void sendsWhatItDoesNotKnowAsItCame() throws IOException, InterruptedException {
		application.gateway().replyWith(Reply.answer("one"));
		String request = " {\"Foo\" : {\"Model\":\"x\", \"a\":[1.50, -0.0,1e3]},\n\"model\":\"o1\",\"model\":\"gpt-4o\",\"stream\":true,"
				+ "\"messages\": [ {\"role\":\"\u00e4\\u0061\"} ] ,\"x\\u0041\":null} ";
		try (RawExchange exchange = application.post(request)) {
			assertThat(exchange.status()).isEqualTo(200);
		}
		assertThat(application.gateway().takeRequest().body())
			.isEqualTo("{\"Foo\":{\"Model\":\"x\", \"a\":[1.50, -0.0,1e3]},\"model\":\"gpt-4o\",\"stream\":true,"
					+ "\"messages\":[ {\"role\":\"\u00e4\\u0061\"} ],\"xA\":null,\"max_tokens\":500,\"stream_options\":{\"include_usage\":true}}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "models", "fallback_models", "compression", "stream_options", "n", "stop" })
	void looksIntoNothingLarge(String name) throws IOException {
		application.gateway().otherwise((request) -> Reply.answer("one"));
		String large = "[" + "\"gpt-4o\",".repeat(20_000) + "\"gpt-4o\"]";
		try (RawExchange exchange = application
			.post("{\"model\":\"gpt-4o\",\"stream\":true,\"" + name + "\":" + large + "}")) {
			assertThat(exchange.status()).isEqualTo("stop".equals(name) ? 200 : 400);
			if (!"stop".equals(name)) {
				assertThat(TestApplication.error(exchange.text()).path("param").asString()).isEqualTo(name);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"o1-pro\"", "[{\"model\":\"o1-pro\"}]", "true" })
	void takesNothingForACompressionThatIsNone(String compression) throws IOException {
		try (RawExchange exchange = application
			.post("{\"model\":\"gpt-4o\",\"stream\":true,\"compression\":" + compression + "}")) {
			assertThat(exchange.status()).isEqualTo(400);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@Test
	void leavesTheNamesOfSchemasToTheApplication() throws IOException {
		application.gateway().replyWith(Reply.answer("one"));
		try (RawExchange exchange = application
			.post("""
					{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function",
					"function":{"name":"a","parameters":{"type":"object","properties":{"Name":{},"name":{},"URL":{}}}}},{"type":"mcp","headers":{"Authorization":"x"}}]}""")) {
			assertThat(exchange.status()).isEqualTo(200);
		}
	}

	@Test
	void refusesMoreValuesThanItMayHave() throws IOException {
		String many = "{\"model\":\"gpt-4o\",\"stream\":true,\"x\":[" + "1,".repeat(300_000) + "1]}";
		try (RawExchange exchange = application.post(many)) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(TestApplication.error(exchange.text()).path("code").asString()).isEqualTo("request_too_complex");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-16" })
	void readsNothingButUtf8(String charset) throws IOException {
		byte[] body = TestApplication.REQUEST.getBytes(Charset.forName(charset));
		try (RawExchange exchange = RawExchange.post(application.port(), TestApplication.PATH, body,
				Map.of("Content-Type", "application/json"), List.of())) {
			assertThat(exchange.status()).isEqualTo(400);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@Test
	void letsFurtherStreamOptionsPass() throws IOException, InterruptedException {
		application.gateway().replyWith(Reply.answer("one"));
		String request = TestApplication.REQUEST.replaceFirst("\\{",
				"{\"stream_options\":{\"include_obfuscation\":false,\"x\":[1]},");
		try (RawExchange exchange = application.post(request)) {
			assertThat(exchange.status()).isEqualTo(200);
		}
		assertThat(TestApplication.json(application.gateway().takeRequest().body()).path("stream_options"))
			.isEqualTo(TestApplication.json("{\"include_obfuscation\":false,\"x\":[1],\"include_usage\":true}"));
	}

	/**
	 * It may be the option of the client that the model has refused.
	 */
	@Test
	void remembersNoRefusalOfOptionsThatAreNotOurs() throws IOException {
		Reply refusal = Reply.error(400, "invalid_request_error", "unsupported_parameter",
				"Unsupported parameter: 'stream_options'");
		application.gateway().replyWith(refusal, Reply.answer("one"), Reply.answer("two"));
		for (String options : new String[] { "\"stream_options\":{\"include_obfuscation\":false},", "" }) {
			String request = TestApplication.REQUEST.replaceFirst("\\{", "{" + options);
			try (RawExchange exchange = application.post(request)) {
				assertThat(exchange.text()).isNotEmpty();
			}
		}
		List<RecordedRequest> requests = application.gateway().requests();
		assertThat(TestApplication.json(requests.get(requests.size() - 1).body()).path("stream_options"))
			.isEqualTo(TestApplication.json("{\"include_usage\":true}"));
	}

	@ParameterizedTest
	@CsvSource({ "gzip", "x-gzip", "GZIP" })
	void readsWhatAClientHasCompressed(String coding) throws IOException, InterruptedException {
		application.gateway().replyWith(Reply.answer("one"));
		String request = TestApplication.REQUEST.replace("hi", "compressed " + "x".repeat(50_000));
		try (RawExchange exchange = postCoded(coding, zipped(request))) {
			assertThat(exchange.text()).contains("\"one\"").endsWith("data: [DONE]\n\n");
		}
		assertThat(application.gateway().takeRequest().body()).contains("compressed xxx");
	}

	@ParameterizedTest
	@CsvSource({ "br, 415, unsupported_content_encoding, 'br'",
			"'gzip, gzip', 415, unsupported_content_encoding, 'gzip, gzip'",
			"deflate, 415, unsupported_content_encoding, 'deflate'", "gzip, 400, invalid_request, gzip" })
	void namesACodingThatItCannotRead(String coding, int status, String code, String named) throws IOException {
		try (RawExchange exchange = postCoded(coding, TestApplication.REQUEST.getBytes(StandardCharsets.UTF_8))) {
			assertThat(exchange.status()).isEqualTo(status);
			JsonNode error = TestApplication.error(exchange.text());
			assertThat(error.path("code").asString()).isEqualTo(code);
			assertThat(error.path("message").asString()).contains(named);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@Test
	void keepsToTheLimitForWhatIsCompressed() throws IOException {
		// of ten thousandth the size
		try (RawExchange exchange = postCoded("gzip", zipped(" ".repeat(20_000_000)))) {
			assertThat(exchange.status()).isEqualTo(413);
			assertThat(TestApplication.error(exchange.text()).path("code").asString()).isEqualTo("request_too_large");
		}
	}

	private static RawExchange postCoded(String coding, byte[] body) throws IOException {
		return RawExchange.post(application.port(), TestApplication.PATH, body,
				Map.of("Content-Type", "application/json", "Content-Encoding", coding), List.of());
	}

	private static byte[] zipped(String text) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
			out.write(text.getBytes(StandardCharsets.UTF_8));
		}
		return bytes.toByteArray();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					"model":"o1-pro"                                           | 403 | model_access_denied   | model
					"model":"xgpt-4o"                                          | 403 | model_access_denied   | model
					"model":"deepseek-chat:web"                                | 403 | model_access_denied   | model
					"fallback_models":["o1-pro"],"fallback_enabled":true       | 403 | model_access_denied   | fallback_models
					"models":["gpt-4o","o1-pro"]                               | 403 | model_access_denied   | models
					"compression":{"enabled":true,"model":"o1-pro"}            | 403 | model_access_denied   | compression
					"fallback_models":"o1-pro"                                 | 400 | invalid_parameter     | fallback_models
					"fallback_models":[{"id":"o1-pro"}]                        | 400 | invalid_parameter     | fallback_models
					"model":["gpt-4o"]                                         | 400 | invalid_parameter     | model
					"model":"gpt-4o\\nX-Injected: 1"                           | 400 | invalid_parameter     | model
					"model":"gpt-4o\\u0000"                                    | 400 | invalid_parameter     | model
					"model":" "                                                | 400 | invalid_parameter     | model
					"n":3                                                      | 400 | invalid_parameter     | n
					"n":0                                                      | 400 | invalid_parameter     | n
					"n":-1                                                     | 400 | invalid_parameter     | n
					"n":"2"                                                    | 400 | invalid_parameter     | n
					"n":1e400                                                  | 400 | invalid_parameter     | n
					"n":[2]                                                    | 400 | invalid_parameter     | n
					"max_tokens":"9000"                                        | 400 | invalid_parameter     | max_tokens
					"max_tokens":-1                                            | 400 | invalid_parameter     | max_tokens
					"max_completion_tokens":0                                  | 400 | invalid_parameter     | max_completion_tokens
					"max_completion_tokens":{}                                 | 400 | invalid_parameter     | max_completion_tokens
					"service_tier":"priority"                                  | 400 | unsupported_parameter | service_tier
					"store":null                                               | 400 | unsupported_parameter | store
					"stream":"yes"                                             | 400 | invalid_parameter     | stream
							"x":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]              | 400 | request_too_deep      |
					""")
	void refusesWhatMustNotBeAskedFor(String member, int status, String code, String param) throws IOException {
		try (RawExchange exchange = application.post("{\"stream\":true," + member + "}")) {
			assertThat(exchange.status()).isEqualTo(status);
			JsonNode error = TestApplication.error(exchange.text());
			assertThat(error.path("code").asString()).isEqualTo(code);
			assertThat(error.path("param").asString(null)).isEqualTo(param);
			assertThat(error.path("message").asString()).isNotBlank();
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"n":1                                              | "n":1,"max_tokens":500
			"max_tokens":9000                                  | "max_tokens":500
			"max_tokens":1e300                                 | "max_tokens":500
			"max_tokens":7                                     | "max_tokens":7
			"max_tokens":null                                  | "max_tokens":500
			"max_completion_tokens":null                       | "max_tokens":500
			"max_completion_tokens":9000                       | "max_completion_tokens":500,"max_tokens":500
			"max_completion_tokens":9000,"max_tokens":600      | "max_completion_tokens":500,"max_tokens":500
			"max_completion_tokens":20,"max_tokens":null       | "max_completion_tokens":20,"max_tokens":20
			"max_completion_tokens":20,"max_tokens":10         | "max_completion_tokens":20,"max_tokens":10
			"max_tokens":7,"max_tokens":9000                   | "max_tokens":500
			""")
	void lowersWhatIsTooHigh(String asked, String sent) throws Exception {
		application.gateway().replyWith(Reply.answer("a"));
		try (RawExchange exchange = application.post("{\"model\":\"gpt-4o\",\"stream\":true," + asked + "}")) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		assertThat(application.gateway().takeRequest().body()).isEqualTo(
				"{\"model\":\"gpt-4o\",\"stream\":true," + sent + ",\"stream_options\":{\"include_usage\":true}}");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"model":"gpt-4o-2024-11-20"
			"model":"deepseek-chat"
			"fallback_models":["gpt-4o","deepseek-chat"]
			"compression":{"enabled":true,"model":"auto"}
			"compression":null
			"fallback_models":null
			"messages":[{"content":"\\ud800"}]
			"messages":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]
			""")
	void sendsWhatIsAllowed(String member) throws IOException {
		application.gateway().replyWith(Reply.answer("a"));
		try (RawExchange exchange = application.post("{\"stream\":true," + member + "}")) {
			assertThat(exchange.text()).contains("[DONE]");
		}
	}

	@Test
	void asksTheConfiguredModelIfNoneIsNamed() throws Exception {
		application.gateway().replyWith(Reply.answer("a"));
		try (RawExchange exchange = application.post("{\"stream\":true,\"model\":null}")) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		assertThat(application.gateway().takeRequest().body()).contains("\"model\":\"gpt-4o-mini\"");
	}

	@Test
	void sendsTheLimitUnderTheNameThatTheModelWants() throws Exception {
		application.gateway()
			.replyWith(
					Reply.error(400, "invalid_request_error", "unsupported_parameter",
							"'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
					Reply.answer("a"));
		try (RawExchange exchange = application.post("{\"model\":\"gpt-4o-new\",\"stream\":true}")) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		assertThat(application.gateway().takeRequest().body()).contains("\"max_tokens\":500");
		assertThat(application.gateway().takeRequest().body()).contains("\"max_completion_tokens\":500");
	}

	@Test
	void leavesStreamOptionsOutForAModelThatRefusesThem() throws Exception {
		application.gateway()
			.replyWith(Reply.error(400, "invalid_request_error", "x", "Unknown argument: stream_options"),
					Reply.stream().content("a").finish("stop").done(), Reply.answer("b"));
		for (int i = 0; i < 2; i++) {
			try (RawExchange exchange = application.post("{\"model\":\"gpt-4o-old\",\"stream\":true}")) {
				assertThat(exchange.text()).contains("[DONE]");
			}
		}
		assertThat(application.gateway().requests()).hasSize(3);
		assertThat(application.gateway().requests().get(2).body()).doesNotContain("stream_options");
	}

}
