package ai.apertis.benchmarks.relay;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/**
 * An application with a route of Spring Cloud Gateway, which is in the arguments.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class RouteRelay {

	public static void main(String[] args) {
		SpringApplication.run(RouteRelay.class, args);
	}

}
