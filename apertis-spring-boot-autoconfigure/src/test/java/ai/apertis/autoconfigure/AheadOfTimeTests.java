package ai.apertis.autoconfigure;

import java.time.Duration;
import java.util.List;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.Tool;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.aot.generate.GeneratedFiles;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.Compiled;
import org.springframework.core.test.tools.TestCompiler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A context that was processed ahead of time works like any other.
 */
class AheadOfTimeTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	@Test
	@CompileWithForkedClassLoader
	void theDefaultClientAndThoseWithANameWork() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		// without a key: that is known when the application runs
		TestPropertyValues.of("apertis.clients.fast.chat.model=fast").applyTo(context);
		context.register(Application.class);
		TestGenerationContext generated = new TestGenerationContext();
		String initializer = new ApplicationContextAotGenerator().processAheadOfTime(context, generated).toString();
		generated.writeGeneratedContent();
		TestCompiler.forSystem().with(generated).compile((compiled) -> run(compiled, initializer));
		assertThat(generated.getGeneratedFiles().getGeneratedFiles(GeneratedFiles.Kind.SOURCE)).isNotEmpty();
	}

	@SuppressWarnings("unchecked")
	private static void run(Compiled compiled, String initializer) {
		ApplicationContextInitializer<GenericApplicationContext> processed = compiled
			.getInstance(ApplicationContextInitializer.class, initializer);
		try (SimulatedGateway gateway = SimulatedGateway.start();
				GenericApplicationContext context = new GenericApplicationContext()) {
			gateway.otherwise(
					(request) -> Reply.answer(JsonMapper.shared().readTree(request.body()).path("model").asString()));
			configure(context, gateway.baseUrl());
			processed.initialize(context);
			context.refresh();
			assertThat(answer(context.getBean(ApertisClient.class))).isEqualTo("default");
			assertThat(answer(context.getBean("fastApertisClient", ApertisClient.class))).isEqualTo("fast");
			assertThat(gateway.requests().get(0).body()).contains("\"name\":\"f\"");
		}
	}

	private static String answer(ApertisClient client) {
		ChatCompletionRequest request = ChatCompletionRequest.builder()
			.user("hello")
			.tools(Tool.of("f", "d", List.of()))
			.build();
		return client.chat(request).completion().map(ChatCompletion::content).blockOptional(LIMIT).orElseThrow();
	}

	private static void configure(ConfigurableApplicationContext context, String baseUrl) {
		TestPropertyValues
			.of("apertis.api-key=key", "apertis.base-url=" + baseUrl, "apertis.chat.model=default",
					"apertis.clients.fast.chat.model=fast")
			.applyTo(context);
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ReactiveHttpClientAutoConfiguration.class, WebClientAutoConfiguration.class,
			ApertisConnectorAutoConfiguration.class, ApertisAutoConfiguration.class })
	static class Application {

	}

}
