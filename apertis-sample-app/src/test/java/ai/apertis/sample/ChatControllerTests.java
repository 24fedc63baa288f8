package ai.apertis.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoints that show the client in Java, on both web stacks.
 */
class ChatControllerTests {

	@ParameterizedTest
	@ValueSource(strings = { "SERVLET", "REACTIVE" })
	void answersFromBlockingAndFromReactiveCode(WebApplicationType type) throws Exception {
		try (ConfigurableApplicationContext context = start(type)) {
			SimulatedGateway gateway = context.getBean(SimulatedGateway.class);
			Reply reply = Reply.stream().content("Hel", "lo\n").finish("stop").usage(3, 4).done();
			gateway.replyWith(reply, reply);
			assertThat(get(context, "/blocking?prompt=hi").body()).isEqualTo("Hello\n\n\nTokens used: 7");
			assertThat(get(context, "/reactive?prompt=hi").body().lines().filter((line) -> !line.isEmpty()))
				.containsExactly("data:{\"text\":\"Hel\"}", "data:{\"text\":\"lo\\n\"}");
		}
	}

	@Test
	void usesTheRealGatewayWhenAKeyIsSet() {
		try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET, "--apertis.api-key=sk-real")) {
			assertThat(context.getBeanProvider(SimulatedGateway.class).getIfAvailable()).isNull();
		}
	}

	private static ConfigurableApplicationContext start(WebApplicationType type, String... args) {
		return new SpringApplicationBuilder(SampleApplication.class).web(type)
			.properties("server.port=0", "spring.main.banner-mode=off")
			.run(args);
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext context, String path)
			throws IOException, InterruptedException {
		String port = context.getEnvironment().getRequiredProperty("local.server.port");
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.timeout(Duration.ofSeconds(30))
			.build();
		return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
	}

}
