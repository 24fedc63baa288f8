package ai.apertis.autoconfigure.passthrough;

import java.util.List;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.autoconfigure.ApertisConnectorAutoConfiguration;
import ai.apertis.passthrough.PassThroughUserResolver;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.exchange.StreamResumption;
import ai.apertis.passthrough.resume.MemoryStreamStore;
import ai.apertis.passthrough.resume.ResumableStreams;
import ai.apertis.passthrough.resume.StreamStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link PassThroughConfiguration}.
 */
class PassThroughConfigurationTests {

	private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(ApertisAutoConfiguration.class,
			ApertisConnectorAutoConfiguration.class, WebClientAutoConfiguration.class,
			PassThroughServletAutoConfiguration.class);

	private final WebApplicationContextRunner contextRunner = new WebApplicationContextRunner()
		.withConfiguration(CONFIGURATIONS)
		.withPropertyValues("apertis.api-key=key", "apertis.pass-through.enabled=true");

	@Test
	void isOffUnlessEnabled() {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues("apertis.api-key=key")
			.run((context) -> assertThat(context).doesNotHaveBean(PassThrough.class)
				.doesNotHaveBean(PassThroughShutdown.class));
	}

	@Test
	void isOffWithoutAWebApplication() {
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues("apertis.api-key=key", "apertis.pass-through.enabled=true")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PassThrough.class));
	}

	@Test
	void backsOffFromTheApplicationsOwnBeans() {
		UserLimits limits = mock(UserLimits.class);
		PassThroughUserResolver users = (caller) -> "user";
		this.contextRunner.withBean(UserLimits.class, () -> limits)
			.withBean(PassThroughUserResolver.class, () -> users)
			.withPropertyValues("apertis.pass-through.per-user.tokens=5")
			.run((context) -> {
				assertThat(context).getBean(UserLimits.class).isSameAs(limits);
				assertThat(context).getBean(PassThroughUserResolver.class).isSameAs(users);
			});
	}

	@Test
	void needsTheLibraryOfRatesOnlyForRates() {
		WebApplicationContextRunner without = this.contextRunner
			.withClassLoader(new FilteredClassLoader("io.github.bucket4j"));
		without.withPropertyValues("apertis.pass-through.per-user.max-streams=5")
			.run((context) -> assertThat(context).hasNotFailed());
		without.withPropertyValues("apertis.pass-through.per-user.requests-per-minute=5").run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = new MissingRateLimiterFailureAnalyzer().analyze(context.getStartupFailure());
			assertThat(analysis).isNotNull();
			assertThat(analysis.getAction()).contains("com.bucket4j:bucket4j_jdk17-core");
		});
	}

	@Test
	void storesStreamsOnlyIfThatIsWanted() {
		this.contextRunner.withPropertyValues("apertis.pass-through.ui.resume=true")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(StreamStore.class)
				.doesNotHaveBean(ResumableStreams.class)
				.doesNotHaveBean(StreamResumption.class));
		for (String off : new String[] { "off", "OFF", "false" }) {
			this.contextRunner.withPropertyValues("apertis.pass-through.resume.mode=" + off)
				.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ResumableStreams.class));
		}
		for (String on : new String[] { "resume.mode=on-request", "resume.mode=ALL", "ui.enabled=true" }) {
			this.contextRunner.withPropertyValues("apertis.pass-through." + on, "apertis.pass-through.ui.resume=true")
				.run((context) -> assertThat(context).hasNotFailed()
					.hasSingleBean(ResumableStreams.class)
					.hasSingleBean(StreamResumption.class)
					.getBean(StreamStore.class)
					.isInstanceOf(MemoryStreamStore.class));
		}
	}

	@Test
	void needsAConnectionToStoreStreamsInRedis() {
		WebApplicationContextRunner redis = this.contextRunner
			.withPropertyValues("apertis.pass-through.resume.mode=all", "apertis.pass-through.resume.store=redis");
		for (WebApplicationContextRunner without : List.of(redis,
				redis.withClassLoader(new FilteredClassLoader("org.springframework.data.redis")))) {
			without.run((context) -> {
				assertThat(context).hasFailed();
				FailureAnalysis analysis = new MissingRedisFailureAnalyzer().analyze(context.getStartupFailure());
				assertThat(analysis).isNotNull();
				assertThat(analysis.getAction())
					.contains("org.springframework.boot:spring-boot-starter-data-redis-reactive");
			});
		}
		redis.withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("localhost", 1))
			.run((context) -> assertThat(context).hasNotFailed()
				.getBean(StreamStore.class)
				.isInstanceOf(RedisStreamStore.class));
	}

	@ParameterizedTest
	@CsvSource({ "base-path,apertis", "base-path,/apertis/", "max-output-tokens,0", "max-choices,0",
			"max-request-size,0B", "max-request-depth,-1", "max-streams,0", "models-cache,-1s", "shutdown-grace,-1s",
			"per-user.max-streams,0", "per-user.requests-per-minute,0", "per-user.tokens,-5", "per-user.period,0s",
			"heartbeat.initial-delay,-1s", "heartbeat.interval,0s", "drain.max-streams,0", "drain.timeout,0s" })
	void failsEarlyAtBadPropertiesAndNamesThem(String name, String value) {
		this.contextRunner.withPropertyValues("apertis.pass-through." + name + "=" + value)
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("apertis.pass-through." + name));
	}

}
