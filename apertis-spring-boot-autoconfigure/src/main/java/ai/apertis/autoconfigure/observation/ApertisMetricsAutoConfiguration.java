package ai.apertis.autoconfigure.observation;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.client.observation.TokenUsageObservationHandler;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link AutoConfiguration Auto-configuration} for the meters of chat calls.
 */
@AutoConfiguration(after = ApertisAutoConfiguration.class, afterName = {
		"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
		"org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public final class ApertisMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	TokenUsageObservationHandler apertisTokenUsageObservationHandler(MeterRegistry registry) {
		return new TokenUsageObservationHandler(registry);
	}

}
