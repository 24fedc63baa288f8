package ai.apertis.benchmarks.startup;

import java.time.Duration;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * An application that does nothing, and says how long it took to start, how many threads
 * it has.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class EmptyApplication {

	/**
	 * What an application has that calls anything over HTTP.
	 */
	@Bean
	@ConditionalOnProperty("web-client")
	WebClient webClient(WebClient.Builder builder) {
		return builder.build();
	}

	public static void main(String[] args) {
		long start = System.nanoTime();
		ConfigurableApplicationContext context = SpringApplication.run(EmptyApplication.class, args);
		Duration took = Duration.ofNanos(System.nanoTime() - start);
		int threads = Thread.getAllStackTraces().size();
		System.out.printf("RESULT %d %d%n", took.toMillis(), threads);
		context.close();
		System.exit(0);
	}

}
