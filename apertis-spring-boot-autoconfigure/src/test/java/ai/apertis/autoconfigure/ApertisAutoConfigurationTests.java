package ai.apertis.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import ai.apertis.autoconfigure.observation.ApertisMetricsAutoConfiguration;
import ai.apertis.autoconfigure.observation.ApertisSanitizingAutoConfiguration;
import ai.apertis.autoconfigure.passthrough.PassThroughReactiveAutoConfiguration;
import ai.apertis.autoconfigure.passthrough.PassThroughServletAutoConfiguration;
import ai.apertis.client.ApertisClient;
import ai.apertis.client.observation.TokenUsageObservationHandler;
import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * What the auto-configuration creates, and when it stays away.
 */
class ApertisAutoConfigurationTests {

	private static final String KEY = "apertis.api-key=sk-secret-0123456789abcdef";

	private static final AutoConfigurations ALL = AutoConfigurations.of(WebClientAutoConfiguration.class,
			ApertisAutoConfiguration.class, ApertisMetricsAutoConfiguration.class,
			ApertisSanitizingAutoConfiguration.class, PassThroughReactiveAutoConfiguration.class,
			PassThroughServletAutoConfiguration.class);

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(ALL);

	private final WebApplicationContextRunner servletRunner = new WebApplicationContextRunner().withConfiguration(ALL)
		.withPropertyValues(KEY);

	private final ReactiveWebApplicationContextRunner reactiveRunner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(ALL)
		.withPropertyValues(KEY);

	@Test
	void createsAClientFromAKey() {
		this.runner.withPropertyValues(KEY)
			.run((context) -> assertThat(context).hasSingleBean(ApertisClient.class)
				.doesNotHaveBean(PassThrough.class)
				.doesNotHaveBean(TokenUsageObservationHandler.class));
	}

	@Test
	void takesTheKeyFromTheEnvironmentVariable() {
		this.runner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								Map.of("APERTIS_API_KEY", "sk-from-environment"))))
			.run((context) -> assertThat(context.getBean(ApertisConnectionDetails.class).getApiKey())
				.isEqualTo("sk-from-environment"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "unrelated=1", "apertis.api-key=", "apertis.api-key=  ", "apertis.api-key=${UNSET_KEY}" })
	void failsToStartWithoutAKeyAndSaysWhatToDo(String property) {
		this.runner.withPropertyValues(property).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = new MissingApiKeyFailureAnalyzer().analyze(context.getStartupFailure());
			assertThat(analysis).isNotNull();
			assertThat(analysis.getAction()).contains("apertis.api-key", "APERTIS_API_KEY", "https://apertis.ai/token",
					"ApertisConnectionDetails");
		});
	}

	@Test
	void saysWhichPlaceholderNothingStandsFor() {
		this.runner.withPropertyValues("apertis.api-key=${UNSET_KEY}")
			.run((context) -> assertThat(new MissingApiKeyFailureAnalyzer().analyze(context.getStartupFailure()))
				.satisfies((analysis) -> assertThat(analysis.getDescription()).contains("${UNSET_KEY}")));
	}

	@Test
	void refusesABaseUrlThatIsNone() {
		this.runner.withPropertyValues(KEY, "apertis.base-url=notaurl")
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("apertis.base-url")
				.hasMessageContaining("notaurl"));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "sk-first\nsk-second-line", "sk-with a-blank", "sk-caf\u00e9", "sk-\u0000zero", "sk-tab\tkey" })
	void refusesAKeyThatCannotBeSentWithoutShowingIt(String key) {
		this.runner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("key", Map.of("apertis.api-key", key))))
			.run((context) -> {
				FailureAnalysis analysis = new MissingApiKeyFailureAnalyzer().analyze(context.getStartupFailure());
				assertThat(analysis).isNotNull();
				assertThat(analysis.getDescription() + analysis.getAction()).contains("apertis.api-key", "line break")
					.doesNotContain("sk-");
				assertThat(context.getStartupFailure()).hasMessageNotContaining("sk-");
			});
	}

	@Test
	void refusesAUserInABaseUrlWithoutShowingThem() {
		this.runner.withPropertyValues(KEY, "apertis.base-url=https://ada:secret@gateway.example/v1")
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("apertis.base-url")
				.hasMessageNotContaining("secret"));
	}

	@Test
	void bindsTheProperties() {
		this.runner
			.withPropertyValues(KEY, "apertis.base-url=https://example.org/v1", "apertis.chat.model=m",
					"apertis.chat.temperature=0.2", "apertis.chat.top-p=0.9", "apertis.chat.max-tokens=10",
					"apertis.chat.max-completion-tokens=20", "apertis.chat.stop=a,b",
					"apertis.chat.reasoning-effort=low", "apertis.chat.parameters.web_results_count=3",
					"apertis.stream.first-chunk-timeout=10s", "apertis.stream.idle-timeout=20s",
					"apertis.stream.max-event-size=1MB", "apertis.stream.finish-reason-required=false")
			.run((context) -> {
				ApertisProperties properties = context.getBean(ApertisProperties.class);
				assertThat(properties.baseUrl()).isEqualTo("https://example.org/v1");
				assertThat(properties.chat().toParameters()).containsEntry("model", "m")
					.containsEntry("temperature", 0.2)
					.containsEntry("top_p", 0.9)
					.containsEntry("max_tokens", 10L)
					.containsEntry("max_completion_tokens", 20L)
					.containsEntry("stop", List.of("a", "b"))
					.containsEntry("reasoning_effort", "low")
					.hasEntrySatisfying("web_results_count", (value) -> assertThat(value).hasToString("3"));
				assertThat(JsonMapper.shared().writeValueAsString(properties.chat().toParameters()))
					.contains("\"web_results_count\":3");
				assertThat(properties.stream().toLimits().firstChunkTimeout()).hasSeconds(10);
				assertThat(properties.stream().toLimits().idleTimeout()).hasSeconds(20);
				assertThat(properties.stream().toLimits().maxEventSize()).isEqualTo(1024 * 1024);
				assertThat(properties.stream().toLimits().finishReasonRequired()).isFalse();
			});
	}

	@Test
	void failsToStartWithALimitThatMakesNoSense() {
		this.runner.withPropertyValues(KEY, "apertis.stream.idle-timeout=0s").run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("apertis.stream.idle-timeout");
		});
	}

	@Test
	void sendsTheConfiguredDefaultsThroughTheCustomizedWebClient() throws Exception {
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			gateway.replyWith(Reply.answer("ok"));
			AtomicReference<RecordedRequest> sent = new AtomicReference<>();
			this.runner
				.withPropertyValues(KEY, "apertis.base-url=" + gateway.baseUrl(), "apertis.chat.model=m",
						"apertis.chat.max-tokens=10")
				.withBean(WebClientCustomizer.class, () -> (builder) -> builder.defaultHeader("X-Custom", "web-client"))
				.withBean(ApertisClientCustomizer.class, () -> (builder) -> builder.defaultParameter("seed", 7))
				.run((context) -> {
					context.getBean(ApertisClient.class).chat("hi").completion().block(Duration.ofSeconds(20));
					sent.set(gateway.takeRequest());
				});
			assertThat(sent.get().header("X-Custom")).contains("web-client");
			JsonNode body = JsonMapper.shared().readTree(sent.get().body());
			assertThat(body.path("model").asString()).isEqualTo("m");
			assertThat(body.path("max_tokens").asInt()).isEqualTo(10);
			assertThat(body.path("seed").asInt()).isEqualTo(7);
		}
	}

	@Test
	void backsOffWhenAClientIsDefined() {
		ApertisClient own = mock(ApertisClient.class);
		this.runner.withPropertyValues(KEY)
			.withBean("own", ApertisClient.class, () -> own)
			.run((context) -> assertThat(context.getBean(ApertisClient.class)).isSameAs(own));
	}

	@Test
	void needsNoKeyWhenTheClientIsReplaced() {
		this.runner.withBean(ApertisClient.class, () -> mock(ApertisClient.class))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void refusesACustomizerThatWouldHaveNoEffect() {
		this.runner.withPropertyValues(KEY)
			.withBean(ApertisClientCustomizer.class, () -> (builder) -> builder.baseUrl("https://example.org"))
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("define a bean of type Upstream"));
	}

	@Test
	void leavesTheApplicationsOwnWebClientBuilderAsItIs() {
		WebClient.Builder own = WebClient.builder();
		this.runner.withPropertyValues(KEY)
			.withBean(WebClient.Builder.class, () -> own)
			.run((context) -> own.defaultHeaders((headers) -> assertThat(headers.isEmpty()).isTrue()));
	}

	@Test
	void needsNoKeyWhenConnectionDetailsAreDefined() {
		this.runner.withBean(ApertisConnectionDetails.class, () -> () -> "sk-from-a-vault")
			.run((context) -> assertThat(context).hasSingleBean(ApertisClient.class));
	}

	@Test
	void countsTokensWhenThereIsAMeterRegistry() {
		this.runner.withPropertyValues(KEY)
			.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> assertThat(context).hasSingleBean(TokenUsageObservationHandler.class));
	}

	@Test
	void needsNeitherMicrometersMetersNorTheActuator() {
		this.runner.withPropertyValues(KEY)
			.withClassLoader(new FilteredClassLoader("io.micrometer.core", "org.springframework.boot.actuate"))
			.run((context) -> assertThat(context).hasSingleBean(ApertisClient.class)
				.doesNotHaveBean("apertisTokenUsageObservationHandler")
				.doesNotHaveBean("apertisSanitizingFunction"));
	}

	@Test
	void servesNothingUnlessEnabled() {
		this.servletRunner.run((context) -> assertThat(context).doesNotHaveBean(PassThrough.class));
		this.reactiveRunner.run((context) -> assertThat(context).doesNotHaveBean(PassThrough.class));
	}

	@Test
	void servesThePassThroughOnTheStackOfTheApplication() {
		this.servletRunner.withPropertyValues("apertis.pass-through.enabled=true")
			.run((context) -> assertThat(context).hasSingleBean(PassThrough.class)
				.hasSingleBean(ai.apertis.passthrough.servlet.PassThroughHandler.class)
				.doesNotHaveBean(ai.apertis.passthrough.reactive.PassThroughHandler.class));
		this.reactiveRunner.withPropertyValues("apertis.pass-through.enabled=true")
			.run((context) -> assertThat(context).hasSingleBean(PassThrough.class)
				.hasSingleBean(ai.apertis.passthrough.reactive.PassThroughHandler.class)
				.doesNotHaveBean(ai.apertis.passthrough.servlet.PassThroughHandler.class));
	}

	@Test
	void servesNothingInAnApplicationWithoutAWebServer() {
		this.runner.withPropertyValues(KEY, "apertis.pass-through.enabled=true")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PassThrough.class));
	}

	@Test
	void needsNoServletClassesOnTheReactiveStackNorTheOtherWayRound() {
		this.reactiveRunner.withPropertyValues("apertis.pass-through.enabled=true")
			.withClassLoader(new FilteredClassLoader("jakarta.servlet", "org.springframework.web.servlet",
					"org.apache.catalina"))
			.run((context) -> assertThat(context).hasSingleBean(PassThrough.class));
		this.servletRunner.withPropertyValues("apertis.pass-through.enabled=true")
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.webflux", "reactor.netty.http.server"))
			.run((context) -> assertThat(context).hasSingleBean(PassThrough.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "llm", "/llm/", "" })
	void refusesABasePathThatIsNoPath(String basePath) {
		this.servletRunner
			.withPropertyValues("apertis.pass-through.enabled=true", "apertis.pass-through.base-path=" + basePath)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("apertis.pass-through.base-path"));
	}

	@Test
	void tellsTheKeyInNoText() {
		this.runner.withPropertyValues(KEY).run((context) -> {
			assertThat(context.getBean(ApertisProperties.class)).asString().contains("[redacted]");
			for (String name : context.getBeanDefinitionNames()) {
				assertThat(context.getBean(name).toString()).doesNotContain("sk-secret");
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "apertis.api-key", "apertis.apiKey", "APERTIS_API_KEY", "apertis.clients.a.api-key" })
	void hidesTheKeyInTheActuator(String name) {
		this.runner.withPropertyValues(KEY).run((context) -> {
			SanitizingFunction function = context.getBean(SanitizingFunction.class);
			assertThat(sanitized(function, name, "sk-secret")).isEqualTo(SanitizableData.SANITIZED_VALUE);
			assertThat(sanitized(function, "apertis.base-url", "https://a")).isEqualTo("https://a");
		});
	}

	private static Object sanitized(SanitizingFunction function, String name, String value) {
		return function.apply(new SanitizableData(new MapPropertySource("test", Map.of(name, value)), name, value))
			.getValue();
	}

	@Test
	void describesEveryPropertyAlsoInTheDocumentation() throws Exception {
		JsonNode metadata = JsonMapper.shared()
			.readTree(getClass().getResource("/META-INF/spring-configuration-metadata.json").openStream());
		assertThat(metadata.path("properties")).isNotEmpty()
			.allSatisfy((property) -> assertThat(property.path("description").asString(""))
				.as("description of %s", property.path("name").asString())
				.endsWith("."));
		String page = Files.readString(Path.of("..", "docs", "configuration.md"));
		assertThat(metadata.path("properties")).allSatisfy((property) -> {
			String name = property.path("name").asString();
			if (name.startsWith("management.")) {
				// what Spring Boot has for any endpoint
				return;
			}
			// some have a page of their own, see DocumentationTests
			assertThat(page).containsAnyOf("`" + name.replaceAll("(pass-through|metrics|health)\\..*", "$1.*"),
					"`" + name.substring(name.lastIndexOf('.')) + "`");
		});
	}

}
