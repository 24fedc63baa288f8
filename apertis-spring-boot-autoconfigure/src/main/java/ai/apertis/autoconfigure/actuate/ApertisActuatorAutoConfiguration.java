package ai.apertis.autoconfigure.actuate;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.autoconfigure.ApertisConnectionDetails;
import ai.apertis.autoconfigure.ApertisProperties;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.passthrough.resume.ResumableStreams;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * {@link AutoConfiguration Auto-configuration} for the actuator's endpoint and info.
 */
@AutoConfiguration(after = ApertisAutoConfiguration.class)
@ConditionalOnClass({ ConditionalOnAvailableEndpoint.class, ConditionalOnEnabledInfoContributor.class })
public final class ApertisActuatorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	ApertisConfiguration apertisConfiguration(ApertisProperties properties, ApertisConnectionDetails details,
			Environment environment) {
		// credentials in a URL are secrets too
		String baseUrl = details.getBaseUrl().replaceAll("//[^/@]*@", "//");
		return new ApertisConfiguration(baseUrl, properties.chat().model(),
				environment.getProperty("apertis.pass-through.enabled", Boolean.class, false),
				properties.stream().firstChunkTimeout(), properties.stream().idleTimeout(),
				properties.retry().maxRetries(), properties.retry().failover());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint
	ApertisEndpoint apertisEndpoint(ApertisConfiguration configuration, ChatObservations observations,
			ObjectProvider<ActiveStreams> passThrough, ObjectProvider<UserLimits> limits,
			ObjectProvider<ResumableStreams> resumable) {
		return new ApertisEndpoint(configuration, observations.activity(), passThrough::getIfAvailable,
				limits::getIfAvailable, resumable::getIfAvailable);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnEnabledInfoContributor("apertis")
	ApertisInfoContributor apertisInfoContributor(ApertisConfiguration configuration) {
		return new ApertisInfoContributor(configuration);
	}

}
