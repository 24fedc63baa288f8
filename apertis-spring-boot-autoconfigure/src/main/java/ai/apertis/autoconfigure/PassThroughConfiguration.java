package ai.apertis.autoconfigure;

import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.passthrough.PassThrough;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What the pass-through needs on either of the web stacks.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(PassThroughProperties.class)
public class PassThroughConfiguration {

	@Bean
	@ConditionalOnMissingBean
	PassThrough apertisPassThrough(Upstream upstream, ChatObservations observations, ApertisProperties properties) {
		return new PassThrough(upstream, observations, properties.chat().model());
	}

}
