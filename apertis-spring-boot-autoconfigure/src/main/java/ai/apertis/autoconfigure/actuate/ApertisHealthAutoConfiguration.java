package ai.apertis.autoconfigure.actuate;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.client.upstream.Upstream;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * {@link AutoConfiguration Auto-configuration} for the gateway's health.
 */
@AutoConfiguration(after = ApertisAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnEnabledHealthIndicator("apertis")
@EnableConfigurationProperties(ApertisHealthProperties.class)
public final class ApertisHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "apertisHealthIndicator", "apertisHealthContributor" })
	ApertisHealthIndicator apertisHealthIndicator(ObjectProvider<Upstream> upstream,
			ApertisHealthProperties properties) {
		return new ApertisHealthIndicator(upstream::getObject, properties.timeToLive(), properties.timeout());
	}

}
