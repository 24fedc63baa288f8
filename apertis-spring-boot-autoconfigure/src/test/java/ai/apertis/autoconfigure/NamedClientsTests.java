package ai.apertis.autoconfigure;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Clients with a name, beside the default one.
 */
class NamedClientsTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private SimulatedGateway gateway;

	private ApplicationContextRunner runner;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		this.gateway.otherwise((request) -> Reply.answer("ok"));
		this.runner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(WebClientAutoConfiguration.class,
					ApertisConnectorAutoConfiguration.class, ApertisAutoConfiguration.class))
			.withPropertyValues("apertis.base-url=" + this.gateway.baseUrl());
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	private RecordedRequest ask(ApertisClient client) throws InterruptedException {
		client.chat("hello").completion().block(LIMIT);
		return this.gateway.takeRequest();
	}

	private static JsonNode json(RecordedRequest request) {
		return JsonMapper.shared().readTree(request.body());
	}

	@Test
	void inheritWhatTheyLeaveOpen() {
		this.runner
			.withPropertyValues("apertis.api-key=sk-default", "apertis.chat.model=default", "apertis.chat.max-tokens=7",
					"apertis.chat.parameters.seed=1", "apertis.chat.parameters.user=u",
					"apertis.clients.fast.chat.model=fast", "apertis.clients.fast.chat.parameters.seed=2",
					"apertis.clients.other-team.api-key=sk-other")
			.run((context) -> {
				RecordedRequest fast = ask(context.getBean("fastApertisClient", ApertisClient.class));
				assertThat(fast.header("Authorization")).contains("Bearer sk-default");
				assertThat(json(fast).path("model").asString()).isEqualTo("fast");
				assertThat(json(fast).path("max_tokens").asInt()).isEqualTo(7);
				assertThat(json(fast).path("seed").asInt()).isEqualTo(2);
				assertThat(json(fast).path("user").asString()).isEqualTo("u");
				RecordedRequest other = ask(context.getBean("other-teamApertisClient", ApertisClient.class));
				assertThat(other.header("Authorization")).contains("Bearer sk-other");
				assertThat(json(other).path("model").asString()).isEqualTo("default");
				assertThat(json(ask(context.getBean(ApertisClient.class))).path("model").asString())
					.isEqualTo("default");
			});
	}

	@Test
	void areInjectedWhereTheirNameIsAskedFor() {
		this.runner
			.withPropertyValues("apertis.api-key=sk-default", "apertis.chat.model=default",
					"apertis.clients.fast.chat.model=fast")
			.withUserConfiguration(Injected.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				Pair pair = context.getBean(Pair.class);
				assertThat(json(ask(pair.plain())).path("model").asString()).isEqualTo("default");
				assertThat(json(ask(pair.fast())).path("model").asString()).isEqualTo("fast");
			});
	}

	@Test
	void nameTheirOwnPropertiesInFailures() {
		this.runner
			.withPropertyValues("apertis.api-key=sk-default", "apertis.clients.far.base-url=http://127.0.0.1:1/v1",
					"apertis.clients.far.chat.model=m", "apertis.retry.max-retries=0")
			.run((context) -> {
				ApertisClient far = context.getBean("farApertisClient", ApertisClient.class);
				assertThatExceptionOfType(ConnectionException.class)
					.isThrownBy(() -> far.chat("hello").completion().block(LIMIT))
					.withMessageContaining("check apertis.clients.far.base-url");
			});
	}

	@Test
	void haveConnectionsOfTheirOwn() {
		this.runner
			.withPropertyValues("apertis.api-key=sk-default", "apertis.chat.model=default",
					"apertis.clients.far.base-url=http://127.0.0.1:1/v1", "apertis.clients.far.retry.max-retries=0",
					"apertis.clients.far.http.pool.max-connections=3")
			.run((context) -> {
				assertThatExceptionOfType(ai.apertis.client.error.ConnectionException.class)
					.isThrownBy(() -> ask(context.getBean("farApertisClient", ApertisClient.class)));
				assertThat(NamedClientProperties.bind(context.getEnvironment(), "far").properties().http().pool())
					.satisfies((pool) -> assertThat(pool.maxConnections()).isEqualTo(3))
					.satisfies((pool) -> assertThat(pool.maxIdleTime()).hasSeconds(30));
			});
	}

	@Test
	void needNoDefaultClient() {
		this.runner.withPropertyValues("apertis.clients.only.api-key=sk-only", "apertis.clients.only.chat.model=m")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(ask(context.getBean("onlyApertisClient", ApertisClient.class)).header("Authorization"))
					.contains("Bearer sk-only");
				assertThatExceptionOfType(UnsatisfiedDependencyException.class)
					.isThrownBy(() -> context.getAutowireCapableBeanFactory().createBean(Plain.class))
					.withRootCauseInstanceOf(MissingApiKeyException.class);
			});
	}

	@ParameterizedTest
	@CsvSource({ "myFast, myFast", "my_fast, my_fast", "my-fast, my-fast", "[my.fast], my.fast", "FAST, FAST" })
	void mayBeWrittenInAnyWay(String written, String name) {
		String prefix = "apertis.clients" + (written.startsWith("[") ? written : "." + written);
		this.runner
			.withPropertyValues("apertis.api-key=sk-default", prefix + ".api-key=sk-own", prefix + ".chat.model=m")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(ask(context.getBean(name + "ApertisClient", ApertisClient.class)).header("Authorization"))
					.contains("Bearer sk-own");
			});
	}

	@Test
	void goToTheGatewayOfTheConnectionDetailsAlsoWithAKeyOfTheirOwn() {
		String url = this.gateway.baseUrl();
		this.runner
			.withPropertyValues("apertis.base-url=http://127.0.0.1:1/v1", "apertis.clients.fast.api-key=sk-own",
					"apertis.clients.fast.chat.model=m")
			.withBean("apertisConnectionDetails", ApertisConnectionDetails.class,
					() -> new Rotating(url, new AtomicInteger()))
			.run((context) -> {
				assertThat(ask(context.getBean("fastApertisClient", ApertisClient.class)).header("Authorization"))
					.contains("Bearer sk-own");
				assertThat(context.getBeanProvider(ApertisClient.class).getIfAvailable()).isNotNull();
			});
	}

	@Test
	void failToStartWithoutAnyKeyAndSayWhatToDo() {
		this.runner.withPropertyValues("apertis.clients.only.chat.model=m")
			.run((context) -> assertThat(new MissingApiKeyFailureAnalyzer().analyze(context.getStartupFailure()))
				.satisfies((analysis) -> assertThat(analysis.getAction()).contains("apertis.api-key")));
	}

	@Test
	void failToStartWithAPlaceholderThatNothingStandsFor() {
		this.runner.withPropertyValues("apertis.api-key=sk-default", "apertis.clients.batch.api-key=${UNSET_KEY}")
			.run((context) -> assertThat(new MissingApiKeyFailureAnalyzer().analyze(context.getStartupFailure()))
				.satisfies((analysis) -> assertThat(analysis.getDescription()).contains("${UNSET_KEY}",
						"apertis.clients.batch.api-key"))
				.satisfies((analysis) -> assertThat(analysis.getAction()).contains("APERTIS_CLIENTS_BATCH_API_KEY")));
	}

	@Test
	void areListedWhereAnotherIsWanted() {
		MockEnvironment environment = new MockEnvironment().withProperty("apertis.clients.only.api-key", "sk-only");
		this.runner.withPropertyValues("apertis.api-key=sk-default", "apertis.clients.only.api-key=sk-only")
			.withUserConfiguration(Injected.class)
			.run((context) -> assertThat(
					new MissingClientFailureAnalyzer(environment).analyze(context.getStartupFailure()))
				.satisfies((analysis) -> assertThat(analysis.getDescription()).contains("[only]"))
				.satisfies((analysis) -> assertThat(analysis.getAction()).contains("@Qualifier(\"only\")")));
	}

	@Test
	void takeTheirKeysFromEnvironmentVariables() {
		this.runner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								Map.of("APERTIS_API_KEY", "sk-default", "APERTIS_CLIENTS_FAST_APIKEY", "sk-fast",
										"APERTIS_CHAT_MODEL", "m"))))
			.run((context) -> assertThat(
					ask(context.getBean("fastApertisClient", ApertisClient.class)).header("Authorization"))
				.contains("Bearer sk-fast"));
	}

	@Test
	void askForAKeyThatRotatesAnewForEachCall() {
		AtomicInteger version = new AtomicInteger();
		this.runner.withBean(ApertisConnectionDetails.class, () -> new Rotating(this.gateway.baseUrl(), version))
			.withPropertyValues("apertis.chat.model=m", "apertis.clients.fast.chat.model=fast")
			.run((context) -> {
				ApertisClient fast = context.getBean("fastApertisClient", ApertisClient.class);
				ApertisClient plain = context.getBean(ApertisClient.class);
				assertThat(ask(fast).header("Authorization")).contains("Bearer sk-1");
				assertThat(ask(plain).header("Authorization")).contains("Bearer sk-2");
				assertThat(ask(fast).header("Authorization")).contains("Bearer sk-3");
			});
	}

	private record Rotating(String getBaseUrl, AtomicInteger version) implements ApertisConnectionDetails {

		@Override
		public String getApiKey() {
			return "sk-" + this.version.incrementAndGet();
		}

	}

	record Plain(ApertisClient plain) {
	}

	private record Pair(ApertisClient plain, ApertisClient fast) {
	}

	@Configuration(proxyBeanMethods = false)
	static class Injected {

		@Bean
		Pair pair(ApertisClient plain, @Qualifier("fast") ApertisClient fast) {
			return new Pair(plain, fast);
		}

	}

}
