package ai.apertis.autoconfigure;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.observation.ChatObservationConvention;
import ai.apertis.client.observation.ChatObservationSettings;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.EventMemory;
import ai.apertis.client.upstream.Upstream;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * {@link AutoConfiguration Auto-configuration} for the {@link ApertisClient}.
 */
@AutoConfiguration(after = { WebClientAutoConfiguration.class, ApertisConnectorAutoConfiguration.class },
		afterName = { "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
				"org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration" })
@EnableConfigurationProperties(ApertisProperties.class)
@Import(NamedClientsRegistrar.class)
public final class ApertisAutoConfiguration {

	static final String CLIENTS = "apertisClients";

	static final String DEFAULT_CLIENT = "apertisClient";

	@Bean
	@ConditionalOnMissingBean
	@Lazy
	ApertisConnectionDetails apertisConnectionDetails(ApertisProperties properties) {
		return new PropertiesApertisConnectionDetails(properties);
	}

	@Bean
	@ConditionalOnMissingBean
	ChatObservations apertisChatObservations(ObjectProvider<ObservationRegistry> registry,
			ObjectProvider<ChatObservationConvention> convention, ObjectProvider<ChatObservationSettings> settings) {
		return new ChatObservations(registry.getIfUnique(() -> ObservationRegistry.NOOP), convention.getIfUnique(),
				settings.getIfAvailable(() -> ChatObservationSettings.DEFAULTS));
	}

	@Bean(CLIENTS)
	ApertisClients apertisClients(Environment environment, ObjectProvider<WebClient.Builder> webClient,
			ObjectProvider<ApertisConnectors> connectors, ObjectProvider<ApertisConnectionDetails> connectionDetails,
			ChatObservations observations, ObjectProvider<WebClientCustomizer> webClientCustomizers,
			ObjectProvider<ApertisClientCustomizer> customizers, ApertisProperties properties) {
		PropertyChecks.below("apertis").positive("stream.event-memory", properties.stream().eventMemory());
		return new ApertisClients(environment, webClient, connectors, connectionDetails, observations,
				webClientCustomizers, customizers, new EventMemory(properties.stream().eventMemoryBytes()));
	}

	@Bean
	@ConditionalOnMissingBean
	@Lazy
	Upstream apertisUpstream(ApertisClients clients, ApertisProperties properties,
			ApertisConnectionDetails connectionDetails) {
		return clients.upstream(properties, connectionDetails);
	}

	@Bean(DEFAULT_CLIENT)
	@ConditionalOnMissingBean
	ApertisClient apertisClient(ApertisClients clients, Upstream upstream, ApertisProperties properties) {
		return clients.client(upstream, properties);
	}

}
