package ai.apertis.autoconfigure;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ApertisClientBuilder;
import ai.apertis.client.observation.ChatObservationConvention;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.Upstream;
import io.micrometer.observation.ObservationRegistry;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * {@link AutoConfiguration Auto-configuration} for the {@link ApertisClient}.
 */
@AutoConfiguration(after = WebClientAutoConfiguration.class,
		afterName = { "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
				"org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration" })
@EnableConfigurationProperties(ApertisProperties.class)
public final class ApertisAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@Lazy
	ApertisConnectionDetails apertisConnectionDetails(ApertisProperties properties) {
		return new PropertiesApertisConnectionDetails(properties);
	}

	@Bean
	@ConditionalOnMissingBean
	@Lazy
	Upstream apertisUpstream(ApertisProperties properties, ApertisConnectionDetails connectionDetails,
			ObjectProvider<WebClient.Builder> webClient) {
		return new Upstream(webClient.getIfAvailable(WebClient::builder), connectionDetails.getBaseUrl(),
				connectionDetails::getApiKey, properties.toOptions());
	}

	@Bean
	@ConditionalOnMissingBean
	ChatObservations apertisChatObservations(ObjectProvider<ObservationRegistry> registry,
			ObjectProvider<ChatObservationConvention> convention) {
		return new ChatObservations(registry.getIfUnique(() -> ObservationRegistry.NOOP), convention.getIfUnique());
	}

	@Bean
	@ConditionalOnMissingBean
	ApertisClient apertisClient(ApertisProperties properties, Upstream upstream, ChatObservations observations,
			ObjectProvider<JsonMapper> jsonMapper, ObjectProvider<ApertisClientCustomizer> customizers) {
		ApertisClientBuilder builder = ApertisClient.builder().upstream(upstream).observations(observations);
		jsonMapper.ifUnique(builder::jsonMapper);
		properties.chat().toParameters().forEach(builder::defaultParameter);
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

}
