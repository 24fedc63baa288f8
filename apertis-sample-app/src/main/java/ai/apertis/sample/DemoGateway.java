package ai.apertis.sample;

import ai.apertis.autoconfigure.ApertisConnectionDetails;
import ai.apertis.test.SimulatedGateway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Simulated gateway inside the application, for use without an API key.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnExpression("'${apertis.api-key:}'.isBlank()")
class DemoGateway {

	private static final Logger logger = LoggerFactory.getLogger(DemoGateway.class);

	@Bean
	SimulatedGateway simulatedGateway() {
		SimulatedGateway gateway = SimulatedGateway.startTalkative();
		logger.info("No API key is set: talking to a simulated gateway at {}. Set APERTIS_API_KEY for the real one.",
				gateway.baseUrl());
		return gateway;
	}

	@Bean
	ApertisConnectionDetails simulatedConnectionDetails(SimulatedGateway gateway) {
		return ApertisConnectionDetails.of(gateway.baseUrl(), "simulated");
	}

}
