package ai.apertis.autoconfigure;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.JdkClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.ReactorClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.DefaultResourceLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application's other HTTP clients.
 */
class RestClientEnvironmentPostProcessorTests {

	private static final String JETTY = "org.eclipse.jetty.client";

	private static final String WEBFLUX = "org.springframework.boot.webflux";

	private static final String REACTOR_NETTY = "reactor.netty";

	@ParameterizedTest
	@ValueSource(strings = { "NONE", "SERVLET" })
	void leavesTheClientOfTheJdk(WebApplicationType type) {
		assertThat(factory(type, JETTY, WEBFLUX)).isEqualTo("jdk");
	}

	@Test
	void changesNothingWhereTheApplicationHasAClientOfItsOwn() {
		assertThat(factory(WebApplicationType.REACTIVE, JETTY, WEBFLUX)).isNull();
		assertThat(factory(WebApplicationType.SERVLET, JETTY)).isNull();
		assertThat(factory(WebApplicationType.SERVLET, JETTY, WEBFLUX, REACTOR_NETTY)).isNull();
	}

	@Test
	void isKnownToSpringBootAndCanBeOverridden() {
		assertThat(builder(Map.of())).isInstanceOf(JdkClientHttpRequestFactoryBuilder.class);
		assertThat(builder(Map.of(RestClientEnvironmentPostProcessor.FACTORY, "reactor")))
			.isInstanceOf(ReactorClientHttpRequestFactoryBuilder.class);
	}

	private static ClientHttpRequestFactoryBuilder<?> builder(Map<String, Object> defaults) {
		SpringApplication application = application(WebApplicationType.NONE, JETTY, WEBFLUX);
		application.setDefaultProperties(defaults);
		try (ConfigurableApplicationContext context = application.run()) {
			return context.getBean(ClientHttpRequestFactoryBuilder.class);
		}
	}

	private static String factory(WebApplicationType type, String... missing) {
		StandardEnvironment environment = new StandardEnvironment();
		new RestClientEnvironmentPostProcessor().postProcessEnvironment(environment, application(type, missing));
		return environment.getProperty(RestClientEnvironmentPostProcessor.FACTORY);
	}

	private static SpringApplication application(WebApplicationType type, String... missing) {
		SpringApplication application = new SpringApplication(
				new DefaultResourceLoader(new FilteredClassLoader(missing)),
				ImperativeHttpClientAutoConfiguration.class);
		application.setWebApplicationType(type);
		return application;
	}

}
