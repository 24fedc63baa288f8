package ai.apertis.autoconfigure.observation;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ChunkTimingObservationHandler;
import ai.apertis.client.observation.CostObservationHandler;
import ai.apertis.client.observation.EarlierNamesObservationHandler;
import ai.apertis.client.observation.ModelPrices;
import ai.apertis.client.observation.RetryMeters;
import ai.apertis.client.observation.SpringAiTokenUsageObservationHandler;
import ai.apertis.client.observation.TokenUsageObservationHandler;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.passthrough.exchange.PassThroughMeters;
import ai.apertis.passthrough.resume.ResumableStreams;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * {@link AutoConfiguration Auto-configuration} for the meters of chat calls and of the
 * pass-through.
 */
@AutoConfiguration(after = ApertisAutoConfiguration.class, afterName = {
		"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
		"org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@EnableConfigurationProperties(ApertisObservationProperties.class)
public final class ApertisMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	TokenUsageObservationHandler apertisTokenUsageObservationHandler(MeterRegistry registry) {
		return new TokenUsageObservationHandler(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	ChunkTimingObservationHandler apertisChunkTimingObservationHandler(MeterRegistry registry) {
		return new ChunkTimingObservationHandler(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	CostObservationHandler apertisCostObservationHandler(MeterRegistry registry,
			ApertisObservationProperties properties, ObjectProvider<ModelPrices> prices) {
		return new CostObservationHandler(registry, prices.getIfAvailable(properties::toPrices).byModel(),
				properties.currency());
	}

	@Bean
	@ConditionalOnMissingBean
	@Conditional(CompatibilityCondition.SpringAi.class)
	SpringAiTokenUsageObservationHandler apertisSpringAiTokenUsageObservationHandler(MeterRegistry registry) {
		return new SpringAiTokenUsageObservationHandler(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	@Conditional(CompatibilityCondition.EarlierNames.class)
	EarlierNamesObservationHandler apertisEarlierNamesObservationHandler(MeterRegistry registry) {
		return new EarlierNamesObservationHandler(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	RetryMeters apertisRetryMeters(MeterRegistry registry) {
		return new RetryMeters(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBooleanProperty("apertis.pass-through.enabled")
	PassThroughMeters apertisPassThroughMeters(MeterRegistry registry) {
		return new PassThroughMeters(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	ApertisGauges apertisGauges(ChatObservations observations, ObjectProvider<ActiveStreams> passThrough,
			ObjectProvider<UserLimits> limits, ObjectProvider<ResumableStreams> resumable) {
		return new ApertisGauges(observations.activity(), passThrough, limits, resumable);
	}

	@Bean
	@ConditionalOnMissingBean
	ConventionalBuckets apertisConventionalBuckets() {
		return new ConventionalBuckets();
	}

}
