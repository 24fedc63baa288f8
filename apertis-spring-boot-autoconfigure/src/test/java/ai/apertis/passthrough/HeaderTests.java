package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Which headers go which way.
 */
@BothStacks
@ExtendWith(OutputCaptureExtension.class)
class HeaderTests {

	@Parameter
	private WebApplicationType type;

	@Test
	void passesOnWhatIsNamedAndNothingElse() throws Exception {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.request-headers=x-app-*,traceparent",
				"apertis.pass-through.response-headers=x-actual-model,x-ratelimit-*,x-echo,x-request-id")) {
			Reply headers = Reply.answer("a")
				.header("X-Actual-Model", "gpt-4o-2024")
				.header("X-RateLimit-Remaining", "7")
				.header("x-oneapi-request-id", "req-1")
				.header("X-Echo", "the key is " + TestApplication.KEY)
				.header("X-Other", "1")
				.header("Set-Cookie", "a=b")
				.header("Access-Control-Allow-Origin", "*")
				.header("Alt-Svc", "h3")
				.header("Server", "gateway");
			application.gateway()
				.replyWith(headers, Reply.completion("whole", 1, 2).header("X-Actual-Model", "gpt-4o-2024"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "X-App-Session: 42", "X-Appx: no",
					"traceparent: 00-a-b-01", "Cookie: c", "Authorization: Basic x", "X-Api-Key: y", "X-App-Hop: 1",
					"Connection: keep-alive, X-App-Hop", "TE: trailers")) {
				assertThat(exchange.text()).contains("[DONE]");
				assertThat(exchange.header("x-actual-model")).isEqualTo("gpt-4o-2024");
				assertThat(exchange.header("x-ratelimit-remaining")).isEqualTo("7");
				assertThat(exchange.header("x-request-id")).isEqualTo("req-1");
				assertThat(exchange.header("x-echo")).isEqualTo("the key is [redacted]");
				assertThat(exchange.headers()).doesNotContainKeys("X-Other", "Set-Cookie",
						"Access-Control-Allow-Origin", "Alt-Svc", "Server", "x-oneapi-request-id");
			}
			RecordedRequest request = application.gateway().takeRequest();
			assertThat(request.header("x-app-session")).contains("42");
			assertThat(request.headers()).doesNotContainKeys("X-Appx", "X-App-Hop", "Cookie", "X-Api-Key", "TE");
			assertThat(request.header("Authorization")).contains("Bearer " + TestApplication.KEY);
			try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("true", "false"))) {
				assertThat(exchange.header("x-actual-model")).isEqualTo("gpt-4o-2024");
				assertThat(exchange.text()).contains("whole");
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "request-headers=Authorization", "request-headers=cookie", "response-headers=set-cookie",
			"response-headers=Access-Control-Allow-Origin", "request-headers=content-length",
			"response-headers=transfer-encoding" })
	void doesNotStartWithAHeaderThatIsNeverPassedOn(String property) {
		assertThatThrownBy(() -> TestApplication.start(this.type, "apertis.pass-through." + property).close())
			.rootCause()
			.hasMessageContaining("is never passed on");
	}

	@Test
	void answersOtherSitesOnlyAsTheApplicationConfigures() throws IOException {
		try (TestApplication application = TestApplication.start(this.type)) {
			try (RawExchange preflight = application.send("OPTIONS " + TestApplication.PATH, "", PREFLIGHT)) {
				assertThat(preflight.headers()).doesNotContainKey("Access-Control-Allow-Origin");
			}
			application.gateway().replyWith(Reply.answer("a"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "Origin: https://evil.example")) {
				assertThat(exchange.headers()).doesNotContainKey("Access-Control-Allow-Origin");
			}
		}
		try (TestApplication application = TestApplication.start(this.type, List.of(TestApplication.Open.class,
				(this.type == WebApplicationType.SERVLET) ? ServletCors.class : ReactiveCors.class))) {
			try (RawExchange preflight = application.send("OPTIONS " + TestApplication.PATH, "", PREFLIGHT)) {
				assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo("https://evil.example");
			}
			application.gateway().replyWith(Reply.answer("a"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "Origin: https://evil.example")) {
				assertThat(exchange.header("Access-Control-Allow-Origin")).isEqualTo("https://evil.example");
				assertThat(exchange.text()).contains("[DONE]");
			}
		}
	}

	private static final java.util.Map<String, String> PREFLIGHT = java.util.Map.of("Origin", "https://evil.example",
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type");

	@Test
	void warnsOnceIfNothingAuthenticates(CapturedOutput output) {
		try (TestApplication application = TestApplication.start(this.type)) {
			assertThat(application.port()).isPositive();
			assertThat(output.getAll()).containsOnlyOnce("The pass-through at /apertis is open");
		}
	}

	@Test
	void doesNotWarnIfTheApplicationResolvesUsers(CapturedOutput output) {
		try (TestApplication application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, UserLimitsTests.UserHeader.class))) {
			assertThat(application.port()).isPositive();
			assertThat(output.getAll()).doesNotContain("is open");
		}
	}

	/**
	 * In whatever form the gateway echoes it, and wherever.
	 */
	@Test
	void showsTheKeyNowhere() throws Exception {
		String base64 = Base64.getEncoder()
			.encodeToString(("Bearer " + TestApplication.KEY).getBytes(StandardCharsets.US_ASCII));
		String hex = HexFormat.of().formatHex(TestApplication.KEY.getBytes(StandardCharsets.US_ASCII));
		String escaped = TestApplication.KEY.replace("s", "\\u0073");
		try (TestApplication application = TestApplication.start(this.type, "apertis.retry.max-retries=0",
				"apertis.pass-through.models-cache=0s")) {
			for (String form : new String[] { TestApplication.KEY, base64, hex, escaped,
					TestApplication.KEY.replace("-", "%2D") }) {
				String twice = "{\"error\":{\"message\":\"" + form
						+ "\",\"message\":\"Bad key\",\"type\":\"t\",\"code\":\"c\"}}";
				application.gateway()
					.replyWith(Reply.json(400, twice), Reply.stream()
						.raw("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\n: the key is " + form
								+ "\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
								+ "data: [DONE]\n\n"),
							Reply.stream().content("half").raw(": the key is " + form + "\ndata: " + twice + "\n\n"));
				for (String expected : new String[] { "redacted", "\"one\"", "\"half\"" }) {
					try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
						assertHarmless(exchange.text(), form, expected);
					}
				}
				application.gateway()
					.replyWith(Reply.json(200,
							"{\"choices\":[{\"index\":0,\"message\":{\"content\":\"whole\"},\"finish_reason\":\"stop\"}],\"debug\":\""
									+ form + "\"}"),
							Reply.json(200, "{\"data\":[],\"debug\":\"" + form + "\"}"));
				try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("true", "false"))) {
					assertHarmless(exchange.text(), form, "whole");
				}
				try (RawExchange exchange = application.get(TestApplication.MODELS_PATH)) {
					assertHarmless(exchange.text(), form, "data");
				}
			}
		}
	}

	/**
	 * A message is cut, but not before the key has been looked for.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 450, 470, 480, 490, 499, 500, 510 })
	void showsNoPartOfTheKeyWhereAMessageIsCut(int before) throws Exception {
		try (TestApplication application = TestApplication.start(this.type, "apertis.retry.max-retries=0")) {
			String error = "{\"error\":{\"message\":\"" + "w".repeat(before) + TestApplication.KEY
					+ "\",\"type\":\"t\",\"code\":\"c\"}}";
			application.gateway()
				.replyWith(Reply.stream().event("", error), Reply.stream().content("half").event("", error),
						Reply.json(200, error), Reply.json(400, error));
			for (int i = 0; i < 4; i++) {
				String request = (i == 2) ? TestApplication.REQUEST.replace("true", "false") : TestApplication.REQUEST;
				try (RawExchange exchange = application.post(request)) {
					assertThat(exchange.text()).contains("www").doesNotContain(TestApplication.KEY.substring(0, 8));
				}
			}
		}
	}

	private static void assertHarmless(String text, String form, String expected) {
		assertThat(text).contains(expected).doesNotContain(form, TestApplication.KEY, "0123456789");
	}

	@Test
	void logsNoSecretAndNoStackTrace(CapturedOutput output) throws Exception {
		try (TestApplication application = TestApplication.start(this.type, "logging.level.ai.apertis=debug",
				"apertis.pass-through.heartbeat.interval=50ms")) {
			application.gateway().replyWith(Reply.stream().content("tale").stall());
			try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("hi", "confidential"))) {
				assertThat(exchange.chunk()).contains("tale");
			}
			assertThat(application.gateway().takeRequest().awaitClosed(java.time.Duration.ofSeconds(10))).isTrue();
			application.gateway()
				.replyWith(Reply.error(401, "t", "c", "Bad key " + TestApplication.KEY),
						Reply.stream().content("half").cut());
			for (int i = 0; i < 2; i++) {
				try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
					assertThat(exchange.text()).contains("error");
				}
			}
		}
		assertThat(output.getAll()).containsOnlyOnce("The client has gone before the end of its stream")
			.doesNotContain("Broken pipe", "\tat ", TestApplication.KEY, "confidential", "tale");
	}

	@Configuration(proxyBeanMethods = false)
	static class ServletCors {

		@Bean
		WebMvcConfigurer cors() {
			return new WebMvcConfigurer() {

				@Override
				public void addCorsMappings(org.springframework.web.servlet.config.annotation.CorsRegistry registry) {
					registry.addMapping("/apertis/**").allowedOrigins("https://evil.example").allowedMethods("POST");
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReactiveCors {

		@Bean
		WebFluxConfigurer cors() {
			return new WebFluxConfigurer() {

				@Override
				public void addCorsMappings(org.springframework.web.reactive.config.CorsRegistry registry) {
					registry.addMapping("/apertis/**").allowedOrigins("https://evil.example").allowedMethods("POST");
				}

			};
		}

	}

}
