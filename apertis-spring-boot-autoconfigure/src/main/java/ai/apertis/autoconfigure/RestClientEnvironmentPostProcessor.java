package ai.apertis.autoconfigure;

import java.util.List;
import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;

/**
 * Leaves the application's {@code RestClient} with the HTTP client of the JDK, as it was
 * before Reactor Netty came with the starter: Spring Boot would prefer that, with other
 * connections, timeouts and proxies. {@value #FACTORY} can say otherwise. Where the
 * application has WebFlux, or another client that Spring Boot prefers, nothing is
 * changed. One that had Reactor Netty by {@code spring-boot-starter-webclient} alone
 * cannot be told from one that has it by the starter, and has to say so.
 */
class RestClientEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	static final String FACTORY = "spring.http.clients.imperative.factory";

	private static final String REACTOR_NETTY = "reactor.netty.http.client.HttpClient";

	/** What Spring Boot prefers, and what comes with Reactor Netty but without us. */
	private static final List<String> OWN = List.of("org.apache.hc.client5.http.impl.classic.HttpClients",
			"org.eclipse.jetty.client.HttpClient",
			"org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration");

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		ClassLoader classes = application.getClassLoader();
		boolean changed = !environment.containsProperty(FACTORY) && ClassUtils.isPresent(REACTOR_NETTY, classes)
				&& application.getWebApplicationType() != WebApplicationType.REACTIVE
				&& OWN.stream().noneMatch((type) -> ClassUtils.isPresent(type, classes));
		if (changed) {
			environment.getPropertySources().addLast(new MapPropertySource("apertisDefaults", Map.of(FACTORY, "jdk")));
		}
	}

}
