package ai.apertis.passthrough;

import java.io.IOException;

import ai.apertis.test.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
			"compression":"on"
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
