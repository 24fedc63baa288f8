package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * An application with the pass-through on a real port, and the gateway behind it.
 */
final class TestApplication implements AutoCloseable {

	static final String PATH = "/apertis/v1/chat/completions";

	static final String MODELS_PATH = "/apertis/v1/models";

	static final String KEY = "sk-secret-0123456789abcdef";

	static final String REQUEST = """
			{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"stream":true}""";

	private static final String JETTY = "org.springframework.boot.jetty.autoconfigure.";

	/** There are two servers for each stack on the class path. */
	static final String WITHOUT_JETTY = "spring.autoconfigure.exclude=" + JETTY
			+ "reactive.JettyReactiveWebServerAutoConfiguration," + JETTY
			+ "servlet.JettyServletWebServerAutoConfiguration," + JETTY
			+ "actuate.web.server.JettyReactiveManagementContextAutoConfiguration," + JETTY
			+ "actuate.web.server.JettyServletManagementContextAutoConfiguration,"
			+ "org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration";

	private final SimulatedGateway gateway;

	private final ConfigurableApplicationContext context;

	private TestApplication(SimulatedGateway gateway, ConfigurableApplicationContext context) {
		this.gateway = gateway;
		this.context = context;
	}

	/**
	 * Start an application without Spring Security.
	 */
	static TestApplication start(WebApplicationType type, String... properties) {
		return start(type, List.of(Open.class), properties);
	}

	static TestApplication start(WebApplicationType type, List<Class<?>> sources, String... properties) {
		SimulatedGateway gateway = SimulatedGateway.start();
		List<String> all = new ArrayList<>(List.of("--server.port=0", "--apertis.api-key=" + KEY,
				"--apertis.base-url=" + gateway.baseUrl(), "--apertis.pass-through.enabled=true",
				"--apertis.retry.max-retries=1", "--apertis.retry.initial-delay=1ms",
				"--apertis.retry.max-retry-after=1s", "--spring.main.banner-mode=off", "--" + WITHOUT_JETTY,
				"--spring.reactor.netty.shutdown-quiet-period=0s"));
		for (String property : properties) {
			String name = "--" + property.substring(0, property.indexOf('=') + 1);
			all.removeIf((given) -> given.startsWith(name));
			all.add("--" + property);
		}
		try {
			return new TestApplication(gateway, new SpringApplicationBuilder(sources.toArray(Class<?>[]::new)).web(type)
				.run(all.toArray(String[]::new)));
		}
		catch (RuntimeException ex) {
			gateway.close();
			throw ex;
		}
	}

	SimulatedGateway gateway() {
		return this.gateway;
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	int port() {
		return Integer.parseInt(this.context.getEnvironment().getRequiredProperty("local.server.port"));
	}

	RawExchange post(String json, String... headers) throws IOException {
		return RawExchange.post(port(), PATH, json, headers);
	}

	RawExchange get(String path, String... headers) throws IOException {
		return RawExchange.send(port(), "GET " + path, new byte[0], List.of(headers));
	}

	RawExchange send(String methodAndPath, String body, Map<String, String> headers) throws IOException {
		return RawExchange.send(port(), methodAndPath, body.getBytes(StandardCharsets.UTF_8),
				headers.entrySet().stream().map((header) -> header.getKey() + ": " + header.getValue()).toList());
	}

	double tokens(String name) {
		return this.context.getBean(MeterRegistry.class)
			.find("gen_ai.client.inference.usage." + name)
			.counters()
			.stream()
			.mapToDouble(Counter::count)
			.sum();
	}

	double tokens(String name, boolean estimated) {
		return this.context.getBean(MeterRegistry.class)
			.find("gen_ai.client.inference.usage." + name)
			.tag("estimated", Boolean.toString(estimated))
			.counters()
			.stream()
			.mapToDouble(Counter::count)
			.sum();
	}

	double calls(String outcome) {
		return this.context.getBean(MeterRegistry.class)
			.find("gen_ai.client.inference.duration")
			.tag("outcome", outcome)
			.timers()
			.stream()
			.mapToDouble(Timer::count)
			.sum();
	}

	int active() {
		return this.context.getBean(MeterRegistry.class)
			.find("gen_ai.client.inference.duration.active")
			.longTaskTimers()
			.stream()
			.mapToInt(LongTaskTimer::activeTasks)
			.sum();
	}

	static JsonNode json(String text) {
		return JsonMapper.shared().readTree(text);
	}

	static JsonNode error(String text) {
		return json(text).path("error");
	}

	@Override
	public void close() {
		this.context.close();
		this.gateway.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(excludeName = {
			"org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.actuate.web.reactive.ReactiveManagementWebSecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration" })
	static class Open {

	}

}
