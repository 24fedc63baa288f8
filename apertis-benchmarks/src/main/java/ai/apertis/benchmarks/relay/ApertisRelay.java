package ai.apertis.benchmarks.relay;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/**
 * An application with nothing but the starter.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class ApertisRelay {

	public static void main(String[] args) {
		SpringApplication.run(ApertisRelay.class, args);
	}

}
