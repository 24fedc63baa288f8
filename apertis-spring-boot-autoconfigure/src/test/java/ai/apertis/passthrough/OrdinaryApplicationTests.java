package ai.apertis.passthrough;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

import ai.apertis.test.Reply;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pass-through behind what stands around the response in ordinary applications.
 * Whatever delivers Spring's own events delivers ours.
 */
@BothStacks
class OrdinaryApplicationTests {

	private static final String WHOLE = TestApplication.REQUEST.replace("true", "false");

	@Parameter
	private WebApplicationType type;

	@ParameterizedTest
	@EnumSource
	void delivers(Setup setup) throws Exception {
		Assumptions.assumeTrue(setup.isFor(this.type), "Skipped: not a setup of this stack");
		try (TestApplication application = setup.start(this.type)) {
			if (setup != Setup.SHALLOW_ETAG) {
				// it holds back what Spring's own streams flush
				deliversSpringsOwn(application);
			}
			streams(application);
			breaksOff(application);
			answersWhole(application);
			answersWithErrors(application);
			endsTheCallOfAClientThatHangsUp(application);
		}
	}

	private static void deliversSpringsOwn(TestApplication application) throws IOException {
		try (RawExchange exchange = application.get(SpringEvents.PATH)) {
			assertThat(exchange.chunk()).contains("one");
			application.context().getBean(SpringEvents.class).release();
			assertThat(exchange.text()).contains("two");
		}
	}

	private static void streams(TestApplication application) throws IOException {
		application.gateway().replyWith(Reply.stream().content("one").hold().content("two").finish("stop").done());
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
			assertThat(exchange.chunk()).contains("\"one\"").doesNotContain("\"two\"");
			application.gateway().release();
			assertThat(exchange.text()).contains("\"two\"").endsWith("data: [DONE]\n\n");
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

	private static void breaksOff(TestApplication application) throws IOException {
		application.gateway().replyWith(Reply.stream().content("half").cut());
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			assertThat(exchange.text()).contains("\"half\"", "stream_interrupted").doesNotContain("[DONE]");
			assertThat(exchange.isTerminated()).isFalse();
		}
	}

	private static void answersWhole(TestApplication application) throws IOException {
		application.gateway().replyWith(Reply.completion("whole", 1, 2));
		try (RawExchange exchange = application.post(WHOLE)) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(TestApplication.json(exchange.text()).at("/choices/0/message/content").asString())
				.isEqualTo("whole");
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

	private static void answersWithErrors(TestApplication application) throws IOException {
		for (String request : new String[] { TestApplication.REQUEST, WHOLE }) {
			application.gateway().replyWith(Reply.error(404, "invalid_request_error", "model_not_found", "Unknown"));
			assertError(application, request, 404, "model_not_found");
		}
		assertError(application, "{", 400, "invalid_request");
	}

	private static void assertError(TestApplication application, String request, int status, String code)
			throws IOException {
		try (RawExchange exchange = application.post(request)) {
			assertThat(exchange.status()).isEqualTo(status);
			assertThat(exchange.header("Content-Type")).isEqualTo("application/json");
			assertThat(TestApplication.error(exchange.text()).path("code").asString()).isEqualTo(code);
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

	private static void endsTheCallOfAClientThatHangsUp(TestApplication application) throws Exception {
		application.gateway().reset();
		application.gateway().replyWith(Reply.stream().content("one").stall());
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			assertThat(exchange.chunk()).contains("\"one\"");
		}
		assertThat(application.gateway().takeRequest().awaitClosed(Duration.ofSeconds(10))).isTrue();
	}

	/**
	 * A response that is kept until its end brings neither Spring's events nor ours, and
	 * loses neither.
	 */
	@Test
	void faresAsSpringsOwnWhereTheResponseIsKept() throws IOException {
		Assumptions.assumeTrue(this.type == WebApplicationType.SERVLET, "Skipped: a setup of the servlet stack");
		try (TestApplication application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, SpringEvents.class, ServletSetups.ContentCaching.class))) {
			application.context().getBean(SpringEvents.class).release();
			try (RawExchange exchange = application.get(SpringEvents.PATH)) {
				assertThat(exchange.text()).isEqualTo("data:one\n\ndata:two\n\n");
				assertThat(exchange.isTerminated()).isTrue();
			}
			application.gateway().replyWith(Reply.answer("one", "two"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				assertThat(exchange.status()).isEqualTo(200);
				assertThat(exchange.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
				assertThat(exchange.text()).contains("\"one\"", "\"two\"").endsWith("data: [DONE]\n\n");
				assertThat(exchange.isTerminated()).isTrue();
			}
			answersWhole(application);
			answersWithErrors(application);
		}
	}

	@Test
	void isCompressedByTheServer() throws Exception {
		try (TestApplication application = Setup.COMPRESSION.start(this.type)) {
			application.gateway().replyWith(Reply.stream().content("one").hold().content("two").finish("stop").done());
			HttpRequest request = HttpRequest
				.newBuilder(URI.create("http://localhost:" + application.port() + TestApplication.PATH))
				.header("Content-Type", "application/json")
				.header("Accept-Encoding", "gzip")
				.POST(HttpRequest.BodyPublishers.ofString(TestApplication.REQUEST))
				.build();
			HttpResponse<InputStream> response = HttpClient.newHttpClient()
				.send(request, HttpResponse.BodyHandlers.ofInputStream());
			assertThat(response.headers().firstValue("Content-Encoding")).hasValue("gzip");
			try (InputStream body = new GZIPInputStream(response.body())) {
				StringBuilder text = new StringBuilder();
				while (text.indexOf("\n") < 0) {
					text.append((char) body.read());
				}
				assertThat(text).contains("\"one\"");
				application.gateway().release();
				assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8)).contains("\"two\"")
					.endsWith("data: [DONE]\n\n");
			}
		}
	}

	@Test
	void isServedOnTheMainPortOnly() throws IOException {
		try (TestApplication application = Setup.MANAGEMENT_PORT.start(this.type)) {
			int management = Integer
				.parseInt(application.context().getEnvironment().getRequiredProperty("local.management.port"));
			assertThat(management).isNotEqualTo(application.port());
			try (RawExchange exchange = RawExchange.post(management, TestApplication.PATH, TestApplication.REQUEST)) {
				assertThat(exchange.status()).isEqualTo(404);
			}
			for (String path : new String[] { TestApplication.MODELS_PATH, "/apertis/client.js" }) {
				try (RawExchange exchange = RawExchange.send(management, "GET " + path, new byte[0], List.of())) {
					assertThat(exchange.status()).isEqualTo(404);
				}
			}
			assertThat(application.gateway().requests()).isEmpty();
		}
	}

	@Test
	void tellsPagesOfOtherSitesWhatTheFilterAllows() throws IOException {
		try (TestApplication application = Setup.CORS_FILTER.start(this.type)) {
			application.gateway().replyWith(Reply.answer("one"), Reply.error(404, "t", "model_not_found", "m"));
			for (int status : new int[] { 200, 404 }) {
				try (RawExchange exchange = application.post(TestApplication.REQUEST,
						"Origin: https://pages.example")) {
					assertThat(exchange.status()).isEqualTo(status);
					assertThat(exchange.header("Access-Control-Allow-Origin")).isEqualTo("https://pages.example");
				}
			}
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "Origin: https://other.example")) {
				assertThat(exchange.status()).isEqualTo(403);
			}
		}
	}

	/**
	 * One small configuration of an ordinary application.
	 */
	enum Setup {

		SHALLOW_ETAG(ServletSetups.ShallowEtag.class),

		STUB_WRAPPER(ServletSetups.StubWrapper.class),

		SERVLET_LOGBOOK(ServletSetups.ServletLogbook.class),

		SERVLET_CONVERTERS(ServletSetups.Converters.class),

		JETTY(ServletSetups.Jetty.class,
				"spring.autoconfigure.exclude=org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration",
				// only a write shows it that a client has gone
				"apertis.pass-through.heartbeat.interval=200ms"),

		JOINING_DECORATOR(ReactiveSetups.JoiningDecorator.class),

		REACTIVE_LOGBOOK(ReactiveSetups.ReactiveLogbook.class),

		REACTIVE_CODECS(ReactiveSetups.Codecs.class),

		COMPRESSION(null, "server.compression.enabled=true", "server.compression.min-response-size=1",
				"server.compression.mime-types=text/event-stream,application/json"),

		CORS_FILTER(null) {

			@Override
			TestApplication start(WebApplicationType type) {
				return start(type,
						(type == WebApplicationType.SERVLET) ? ServletSetups.Cors.class : ReactiveSetups.Cors.class);
			}

		},

		MANAGEMENT_PORT(null, "management.server.port=0"),

		LAZY_INITIALIZATION(null, "spring.main.lazy-initialization=true");

		private final @Nullable Class<?> configuration;

		private final String[] properties;

		Setup(@Nullable Class<?> configuration, String... properties) {
			this.configuration = configuration;
			this.properties = properties;
		}

		boolean isFor(WebApplicationType type) {
			return this.configuration == null
					|| this.configuration.getEnclosingClass() == ((type == WebApplicationType.SERVLET)
							? ServletSetups.class : ReactiveSetups.class);
		}

		TestApplication start(WebApplicationType type) {
			return start(type, this.configuration);
		}

		TestApplication start(WebApplicationType type, @Nullable Class<?> configuration) {
			List<Class<?>> sources = new ArrayList<>(List.of(TestApplication.Open.class, SpringEvents.class));
			if (configuration != null) {
				sources.add(configuration);
			}
			return TestApplication.start(type, sources, this.properties);
		}

	}

}
