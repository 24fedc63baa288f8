package ai.apertis.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ChatStream;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.WebApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;

/**
 * What newcomers do wrong, and what they are told.
 */
@ExtendWith(OutputCaptureExtension.class)
class MistakesTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final String PROXY = "apertis.http.proxy.";

	private static final String BATCH = "apertis.clients.batch.";

	/**
	 * A property, and what the application says instead of starting.
	 */
	static Stream<Arguments> properties() {
		return Stream.of(
				arguments("apertis.api-key=", "no API key is configured", "environment variable APERTIS_API_KEY"),
				arguments("apertis.api-key=${NOBODY_SET_THIS}", "nothing stands for that placeholder",
						"Set the property 'apertis.api-key'"),
				arguments("apertis.api-key=sk-1\nsk-2", "such as a blank or a line break", "on one line"),
				arguments("apertis.api-key=Bearer sk-1", "such as a blank or a line break", "the key alone"),
				arguments("apertis.base-url=", "'apertis.base-url' has ''", "It is blank"),
				arguments("apertis.base-url=api.apertis.ai/v1", "'apertis.base-url' has 'api.apertis.ai/v1'",
						"must begin with https://"),
				arguments("apertis.base-url=ftp://api.apertis.ai/v1", "'apertis.base-url'", "must begin with https://"),
				arguments("apertis.base-url=https://", "'apertis.base-url'", "name a host"),
				arguments("apertis.base-url=https://a.example/v1?key=x", "'apertis.base-url'", "not have a query"),
				arguments("apertis.base-url=https://a.example/v1#x", "'apertis.base-url'",
						"not have a query or a fragment"),
				arguments("apertis.base-url=https://me:secret@a.example/v1", "a value that is not shown here",
						"not have a user or a password"),
				arguments("apertis.base-url=https://a.example/v1/chat/completions", "'apertis.base-url'",
						"must not name an endpoint"),
				arguments("apertis.base-url=https://a.example/my path", "'apertis.base-url'", "not have blanks"),
				arguments("apertis.chat.model= ", "'apertis.chat.model' has '", "leave the property out"),
				arguments("apertis.chat.max-tokens=0", "'apertis.chat.max-tokens' has '0'", "must be positive"),
				arguments("apertis.chat.parameters.stream=false", "'apertis.chat.parameters.stream'",
						"Leave the property out"),
				arguments("apertis.stream.first-chunk-timeout=0", "'apertis.stream.first-chunk-timeout' has 'PT0S'",
						"must be positive, such as 30s"),
				arguments("apertis.stream.idle-timeout=-1s", "'apertis.stream.idle-timeout'", "must be positive"),
				arguments("apertis.stream.idle-timeout=soon", "apertis.stream.idle-timeout", "not a valid duration"),
				arguments("apertis.stream.content-timeout=0s", "'apertis.stream.content-timeout'", "must be positive"),
				arguments("apertis.stream.total-timeout=-1m", "'apertis.stream.total-timeout'", "must be positive"),
				arguments("apertis.stream.whole-response-timeout=0", "'apertis.stream.whole-response-timeout'",
						"must be positive"),
				arguments("apertis.stream.max-event-size=0B", "'apertis.stream.max-event-size'", "such as 8MB"),
				arguments("apertis.stream.max-event-size=3GB", "'apertis.stream.max-event-size'", "less than 2GB"),
				arguments("apertis.stream.event-memory=-1B", "'apertis.stream.event-memory'", "must be positive"),
				arguments("apertis.retry.max-retries=-1", "'apertis.retry.max-retries' has '-1'", "0 is none at all"),
				arguments("apertis.retry.max-retries=many", "apertis.retry.max-retries", "to int"),
				arguments("apertis.retry.initial-delay=-1s", "'apertis.retry.initial-delay'", "must not be negative"),
				arguments("apertis.retry.failover=gpt-4o,,x", "'apertis.retry.failover'", "It is blank"),
				arguments("apertis.http.connect-timeout=0s", "'apertis.http.connect-timeout'", "must be positive"),
				arguments("apertis.http.ssl.bundle=mine", "'apertis.http.ssl.bundle' has 'mine'",
						"Define it below spring.ssl.bundle"),
				arguments(PROXY + "port=3128", "'apertis.http.proxy.port' has '3128'",
						"Set 'apertis.http.proxy.host' beside it"),
				arguments(PROXY + "username=me", "'apertis.http.proxy.username'",
						"Set 'apertis.http.proxy.host' beside it"),
				arguments(PROXY + "host=http://proxy", "'apertis.http.proxy.host'", "without a scheme"),
				arguments(PROXY + "host=http://me:secret@proxy:3128", "a value that is not shown here",
						"without a scheme"),
				arguments("apertis.base-url=me:secret@a.example/v1", "a value that is not shown here",
						"must begin with https://"),
				arguments("apertis.base-url=https://a.example/v1?key=secret@", "a value that is not shown here",
						"not have a query"),
				arguments(BATCH + "retry.failover[0]= ", "'apertis.clients.batch.retry.failover'", "It is blank"),
				arguments(PROXY + "host=proxy:3128", "'apertis.http.proxy.host'", "the port has a property of its own"),
				arguments(PROXY + "host=proxy;" + PROXY + "port=70000", "'apertis.http.proxy.port'",
						"between 1 and 65535"),
				arguments(PROXY + "host=proxy;" + PROXY + "username=me", "'apertis.http.proxy.username'",
						"Set 'apertis.http.proxy.password' beside it"),
				arguments("apertis.http.pool.max-connections=0", "'apertis.http.pool.max-connections' has '0'",
						"must be positive"),
				arguments("apertis.http.pool.pending-timeout=0s", "'apertis.http.pool.pending-timeout'",
						"must be positive"),
				arguments(BATCH + "base-url=a.example", "'apertis.clients.batch.base-url' has 'a.example'",
						"must begin with https://"),
				arguments(BATCH + "stream.idle-timeout=0", "'apertis.clients.batch.stream.idle-timeout'",
						"must be positive"),
				arguments(BATCH + "chat.model=m;apertis.stream.idle-timeout=0", "'apertis.stream.idle-timeout'",
						"must be positive"),
				arguments(BATCH + "http.proxy.port=1", "'apertis.clients.batch.http.proxy.port'",
						"proxy.host' beside it"),
				arguments(BATCH + "api-key= ", "no API key is configured", "APERTIS_CLIENTS_BATCH_API_KEY"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("properties")
	void refusesToStart(String properties, String description, String action, CapturedOutput output) {
		assertThatException().isThrownBy(() -> start(Application.class, WebApplicationType.NONE, properties));
		assertThat(output.getOut()).contains("APPLICATION FAILED TO START", "Description:", "Action:")
			.contains(description)
			.contains(action)
			.doesNotContain("secret@")
			.doesNotContain("sk-2");
	}

	static Stream<Arguments> passThrough() {
		return Stream.of(arguments("base-path=apertis", "start with a slash"),
				arguments("base-path=/", "not end with one"), arguments("max-streams=0", "must be positive"),
				arguments("max-request-size=0B", "must be positive"),
				arguments("max-request-depth=1000", "not exceed 400"),
				arguments("per-user.tokens=0", "must be positive"),
				arguments("heartbeat.interval=0s", "must be positive"),
				arguments("shutdown-grace=-1s", "must not be negative"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("passThrough")
	void refusesToServe(String property, String action, CapturedOutput output) {
		assertThatException().isThrownBy(() -> start(Application.class, WebApplicationType.SERVLET,
				"apertis.pass-through.enabled=true;apertis.pass-through." + property));
		assertThat(output.getOut()).contains("APPLICATION FAILED TO START")
			.contains("'apertis.pass-through." + property.substring(0, property.indexOf('=')) + "'")
			.contains(action);
	}

	@Test
	void namesTheClientsThereAre(CapturedOutput output) {
		assertThatException().isThrownBy(() -> start(Wanting.class, WebApplicationType.NONE, BATCH + "chat.model=m"));
		assertThat(output.getOut()).contains("The clients with a name are [batch]", "@Qualifier(\"batch\")");
	}

	@Test
	void tellsOfAPassThroughThatNobodyServes(CapturedOutput output) {
		start(Application.class, WebApplicationType.NONE, "apertis.pass-through.enabled=true").close();
		assertThat(output.getOut()).contains("has no web server, so that nothing is served",
				"spring-boot-starter-webmvc");
	}

	/**
	 * A base URL behind which there is a gateway, and what its first call says.
	 */
	static Stream<Arguments> paths() {
		return Stream.of(arguments("", "/chat/completions; the base URL", "must probably end with the version"),
				arguments("/v1/v1", "/v1/v1/chat/completions;", "the version of the API is in it twice"),
				arguments("/v1/api", "/v1/api/chat/completions;", "check the base URL (baseUrl)"));
	}

	@ParameterizedTest
	@MethodSource("paths")
	void namesTheAddressThatIsNoEndpoint(String path, String address, String mistake) {
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			for (Reply reply : List.of(Reply.status(404), Reply.status(405),
					Reply.json(404, "{\"error\":\"Not Found\"}"), Reply.json(404, "<html>"))) {
				gateway.replyWith(reply);
				String said = message(client("http://127.0.0.1:" + gateway.port() + path));
				assertThat(said).contains(" at http://127.0.0.1:" + gateway.port() + address, mistake);
			}
			gateway.replyWith(Reply.error(404, "invalid_request_error", "endpoint_not_found", "Endpoint not found"));
			assertThat(message(client("http://127.0.0.1:" + gateway.port() + path))).contains(mistake);
			gateway.replyWith(Reply.error(404, "t", "model_not_found", "No such model"));
			assertThat(message(client(gateway.baseUrl()))).doesNotContain("base URL");
			gateway.replyWith(Reply.error(401, "authentication_error", "invalid_api_key", "Invalid API key"));
			assertThat(message(client(gateway.baseUrl()))).contains("check the API key (apiKey)");
		}
	}

	/**
	 * Where nothing answers, and what the first call says.
	 */
	static Stream<Arguments> addresses() {
		return Stream.of(
				arguments("apertis.base-url=http://nobody.invalid/v1", "nobody.invalid: its name cannot be resolved"),
				arguments("apertis.base-url=http://127.0.0.1:1/v1",
						"127.0.0.1:1: the connection is refused by /127.0.0.1:1; check apertis.base-url"),
				arguments("apertis.base-url=https://127.0.0.1:{gateway}/v1", "it does not speak TLS"),
				arguments(PROXY + "host=127.0.0.1;" + PROXY + "port=1",
						"The proxy at 127.0.0.1:1 (apertis.http.proxy.host) cannot be reached"),
				arguments(PROXY + "host=nobody.invalid",
						"The proxy at nobody.invalid:8080 (apertis.http.proxy.host) cannot be reached"),
				arguments(PROXY + "host=127.0.0.1;" + PROXY + "port={gateway}",
						"The proxy at 127.0.0.1:{gateway} (apertis.http.proxy.host) does not connect to the gateway"),
				arguments(PROXY + "host=127.0.0.1;" + PROXY + "port=1;spring.http.clients.reactive.connector=jdk",
						"The proxy at 127.0.0.1:1 (apertis.http.proxy.host) cannot be reached"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("addresses")
	void namesWhatCannotBeReached(String properties, String said) {
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			String port = String.valueOf(gateway.port());
			try (ConfigurableApplicationContext context = start(Application.class, WebApplicationType.NONE,
					"apertis.base-url=http://a.example/v1;apertis.chat.model=m;apertis.retry.max-retries=0;"
							+ properties.replace("{gateway}", port))) {
				assertThat(message(context.getBean(ApertisClient.class))).contains(said.replace("{gateway}", port));
			}
		}
	}

	@Test
	void namesTheSettingsByTheirProperties() {
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ConfigurableApplicationContext context = start(Application.class, WebApplicationType.NONE,
						"apertis.retry.max-retries=0;apertis.stream.idle-timeout=300ms;apertis.base-url="
								+ gateway.baseUrl())) {
			ApertisClient apertis = context.getBean(ApertisClient.class);
			assertThat(said(() -> apertis.chat("hello"))).contains("set apertis.chat.model");
			gateway.replyWith(Reply.error(401, "authentication_error", "invalid_api_key", "Invalid API key"),
					Reply.stream().content("a").stall(), Reply.stream().content("a").done(), Reply.never());
			ChatCompletionRequest request = ChatCompletionRequest.of("m", "hello");
			assertThat(said(() -> apertis.chat(request).call().block(LIMIT)))
				.contains("check the API key (apertis.api-key)");
			assertThat(said(() -> apertis.chat(request).content().blockLast(LIMIT)))
				.contains("the limit is apertis.stream.idle-timeout");
			assertThat(said(() -> apertis.chat(request).completion().block(LIMIT)))
				.contains("set apertis.stream.finish-reason-required to false");
			assertThat(said(() -> apertis.chat(request)
				.options((options) -> options.withFirstChunkTimeout(Duration.ofMillis(300)))
				.content()
				.blockLast(LIMIT))).contains("the limit is apertis.stream.first-chunk-timeout");
		}
	}

	@Test
	void refusesCallsThatCannotBe() {
		try (ApertisClient apertis = ApertisClient.builder().apiKey("k").build()) {
			assertThat(said(() -> apertis.chat((String) null))).contains("text must not be null");
			assertThat(said(() -> apertis.chat((ChatCompletionRequest) null))).contains("request must not be null");
			assertThat(said(() -> apertis.chat("hello"))).contains("set defaultModel");
			assertThat(said(() -> apertis.chat(ChatCompletionRequest.of(" ", "hello")))).contains("names no model");
			assertThat(said(() -> apertis.chat(ChatCompletionRequest.of("m", "x")).completion(String.class)))
				.contains("use completion()");
			assertThat(said(() -> Mono.fromCallable(() -> apertis.chat(ChatCompletionRequest.of("m", "x")).open())
				.doOnNext(ChatStream::close)
				.subscribeOn(Schedulers.parallel())
				.block(LIMIT))).contains("open() blocks", "use chunks() or content()");
		}
	}

	@Test
	void saysWhatToUseInsteadOfMockMvc() {
		try (ConfigurableApplicationContext context = start(Application.class, WebApplicationType.SERVLET,
				"apertis.pass-through.enabled=true")) {
			MockMvc mvc = MockMvcBuilders.webAppContextSetup((WebApplicationContext) context).build();
			assertThat(
					said(() -> mvc.perform(post("/apertis/v1/chat/completions").contentType(MediaType.APPLICATION_JSON)
						.content("{\"model\":\"m\",\"messages\":[],\"stream\":true}"))))
				.contains("MockMvc has no server", "RANDOM_PORT");
		}
	}

	private static ApertisClient client(String baseUrl) {
		return ApertisClient.builder().baseUrl(baseUrl).apiKey("k").defaultModel("m").build();
	}

	private static String message(ApertisClient client) {
		try (client) {
			return said(() -> client.chat("hello").completion().block(LIMIT));
		}
	}

	private static String said(org.assertj.core.api.ThrowableAssert.ThrowingCallable mistake) {
		Throwable failure = catchThrowable(mistake);
		assertThat(failure).isNotNull();
		List<String> messages = new ArrayList<>();
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			messages.add(String.valueOf(cause.getMessage()));
		}
		return String.join("\n", messages);
	}

	private static ConfigurableApplicationContext start(Class<?> source, WebApplicationType type, String properties) {
		List<String> all = new ArrayList<>(List.of("server.port=0", "spring.main.banner-mode=off"));
		if (!properties.contains("apertis.api-key=")) {
			all.add("apertis.api-key=sk-1");
		}
		all.addAll(List.of(properties.split(";")));
		return new SpringApplicationBuilder(source).web(type)
			.initializers((context) -> TestPropertyValues.of(all).applyTo(context))
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(excludeName = {
			"org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration" })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Wanting {

		@Bean
		Object wanting(@Qualifier("unknown") ApertisClient client) {
			return client.toString();
		}

	}

}
