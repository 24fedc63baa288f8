package ai.apertis.passthrough;

import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pass-through on WebFlux in an application's own tests, without a server.
 */
class MockServerPassThroughTests {

	@Test
	void streamsWithoutAServer() {
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ConfigurableApplicationContext context = new SpringApplicationBuilder(TestApplication.Open.class)
					.web(WebApplicationType.REACTIVE)
					.run("--server.port=0", "--apertis.api-key=key", "--apertis.base-url=" + gateway.baseUrl(),
							"--apertis.pass-through.enabled=true", "--spring.main.banner-mode=off")) {
			gateway.replyWith(Reply.answer("Hel", "lo"));
			WebTestClient.bindToApplicationContext(context)
				.build()
				.post()
				.uri("/apertis/v1/chat/completions")
				.contentType(MediaType.APPLICATION_JSON)
				.bodyValue("{\"model\":\"m\",\"stream\":true}")
				.exchange()
				.expectStatus()
				.isOk()
				.expectBody(String.class)
				.value((body) -> assertThat(body).contains("\"Hel\"", "\"lo\"").endsWith("data: [DONE]\n\n"));
		}
	}

}
