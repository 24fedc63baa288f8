package ai.apertis.benchmarks.startup;

import java.time.Duration;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * An application that does nothing, and says how long it took to start, how many threads
 * it has.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class EmptyApplication {

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
