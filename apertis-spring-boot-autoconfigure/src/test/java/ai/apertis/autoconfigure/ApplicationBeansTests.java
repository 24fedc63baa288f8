package ai.apertis.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DefaultTyping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an application has beans of for purposes of its own changes nothing of what goes
 * to the gateway.
 */
class ApplicationBeansTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(HttpClientAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class,
						WebClientAutoConfiguration.class, JacksonAutoConfiguration.class,
						ApertisConnectorAutoConfiguration.class, ApertisAutoConfiguration.class))
		.withPropertyValues("apertis.api-key=key", "apertis.chat.model=m", "apertis.retry.max-retries=0");

	private SimulatedGateway gateway;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	private ApplicationContextRunner runner() {
		return this.runner.withPropertyValues("apertis.base-url=" + this.gateway.baseUrl());
	}

	@ParameterizedTest
	@ValueSource(classes = { LongsAsText.class, OtherNames.class, OnlyMapperWithTyping.class, NothingEmpty.class })
	void itsMapperChangesNoRequestAndNoAnswer(Class<?> configuration) throws InterruptedException {
		JsonNode usual = sent(runner());
		assertThat(usual.path("max_tokens").isNumber()).isTrue();
		assertThat(usual.at("/messages/0/content").asString()).isEmpty();
		assertThat(sent(runner().withUserConfiguration(configuration))).isEqualTo(usual);
	}

	private JsonNode sent(ApplicationContextRunner runner) throws InterruptedException {
		this.gateway.replyWith(Reply.stream().content("one").finish("stop").usage(3, 4).done());
		runner.run((context) -> {
			ChatCompletionRequest request = ChatCompletionRequest.builder()
				.system("")
				.user("hi")
				.parameter("max_tokens", 10L)
				.parameter("metadata", Map.of("team", "a", "tags", List.of(1L, 2L)))
				.build();
			ChatCompletion completion = context.getBean(ApertisClient.class).chat(request).completion().block(LIMIT);
			assertThat(completion).isNotNull();
			assertThat(completion.content()).isEqualTo("one");
			assertThat(completion.usage()).isNotNull();
			assertThat(completion.usage().outputTokens()).isEqualTo(4);
		});
		return JsonMapper.shared().readTree(this.gateway.takeRequest().body());
	}

	@Test
	void severalBuildersOfWebClientsDoNotMatter() {
		this.gateway.replyWith(Reply.answer("one"));
		runner().withUserConfiguration(TwoBuilders.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(ApertisClient.class).chat("hi").completion().block(LIMIT)).isNotNull();
			RecordedRequest request = this.gateway.takeRequest();
			assertThat(request.header("X-Customized")).hasValue("yes");
			assertThat(request.header("X-Internal-Service")).isEmpty();
		});
	}

	@Test
	void theConnectorOfTheJdkOffersNoUpgradeToPlainHttp() {
		this.gateway.replyWith(Reply.answer("one"), Reply.completion("two", 1, 2));
		runner().withPropertyValues("spring.http.clients.reactive.connector=jdk").run((context) -> {
			ApertisClient apertis = context.getBean(ApertisClient.class);
			assertThat(apertis.chat("hi").completion().block(LIMIT)).isNotNull();
			assertThat(apertis.chat("hi").call().block(LIMIT)).isNotNull();
			for (RecordedRequest request : this.gateway.requests()) {
				assertThat(request.header("Upgrade")).isEmpty();
				assertThat(request.header("HTTP2-Settings")).isEmpty();
				assertThat(request.body()).contains("\"hi\"");
			}
			assertThat(this.gateway.requests()).hasSize(2);
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class LongsAsText {

		@Bean
		JsonMapperBuilderCustomizer longsAsText() {
			return (builder) -> builder
				.addModule(new SimpleModule().addSerializer(Long.class, ToStringSerializer.instance)
					.addSerializer(long.class, ToStringSerializer.instance));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OtherNames {

		@Bean
		JsonMapperBuilderCustomizer otherNames() {
			return (builder) -> builder.propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NothingEmpty {

		@Bean
		JsonMapperBuilderCustomizer nothingEmpty() {
			return (builder) -> builder.changeDefaultPropertyInclusion(
					(inclusion) -> inclusion.withValueInclusion(JsonInclude.Include.NON_EMPTY)
						.withContentInclusion(JsonInclude.Include.NON_EMPTY));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OnlyMapperWithTyping {

		@Bean
		JsonMapper jsonMapper() {
			return JsonMapper.builder()
				.activateDefaultTyping(BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build(),
						DefaultTyping.NON_FINAL)
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoBuilders {

		@Bean
		WebClient.Builder internalWebClientBuilder() {
			return WebClient.builder().defaultHeader("X-Internal-Service", "one");
		}

		@Bean
		WebClient.Builder otherWebClientBuilder() {
			return WebClient.builder().defaultHeader("X-Internal-Service", "two");
		}

		@Bean
		WebClientCustomizer customizer() {
			return (builder) -> builder.defaultHeader("X-Customized", "yes");
		}

	}

}
