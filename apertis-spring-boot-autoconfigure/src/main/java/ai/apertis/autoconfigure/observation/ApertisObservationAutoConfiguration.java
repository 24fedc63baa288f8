package ai.apertis.autoconfigure.observation;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.client.observation.ChatObservationSettings;
import ai.apertis.client.observation.ContentCapture;
import ai.apertis.client.observation.JtokkitTokenEstimator;
import ai.apertis.client.observation.ModelPrices;
import ai.apertis.client.observation.RetryListener;
import ai.apertis.client.observation.TokenEstimator;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link AutoConfiguration Auto-configuration} for the observation of chat calls.
 */
@AutoConfiguration(before = ApertisAutoConfiguration.class)
@EnableConfigurationProperties(ApertisObservationProperties.class)
public final class ApertisObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	ChatObservationSettings apertisChatObservationSettings(ApertisObservationProperties properties,
			ObjectProvider<TokenEstimator> estimator, ObjectProvider<ContentRedaction> redaction,
			ObjectProvider<RetryListener> retries) {
		ApertisObservationProperties.Content content = properties.content();
		ContentRedaction redacting = redaction.getIfAvailable(() -> (text) -> text);
		return new ChatObservationSettings(estimator.getIfAvailable(),
				new ContentCapture(content.spans(), content.logs(), redacting::redact, content.maxLength()),
				retries.getIfAvailable(() -> RetryListener.NONE));
	}

	@Bean
	@ConditionalOnMissingBean
	ModelPrices apertisModelPrices(ApertisObservationProperties properties) {
		return properties.toPrices();
	}

	/**
	 * Apart, as the library need not be there.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = "com.knuddels.jtokkit.Encodings")
	@ConditionalOnBooleanProperty(name = "apertis.metrics.tokenizer", matchIfMissing = true)
	static class TokenizerConfiguration {

		@Bean
		@ConditionalOnMissingBean
		TokenEstimator apertisTokenEstimator() {
			return new JtokkitTokenEstimator();
		}

	}

}
