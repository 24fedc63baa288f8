package ai.apertis.passthrough;

import java.io.IOException;

import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pass-through on Spring MVC, where the dispatcher servlet has a path of its own.
 */
class ServletPathPassThroughTests {

	@Test
	void breaksOffAStreamThatFails() throws IOException {
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ConfigurableApplicationContext context = new SpringApplicationBuilder(TestApplication.Open.class)
					.web(WebApplicationType.SERVLET)
					.run("--server.port=0", "--apertis.api-key=key", "--apertis.base-url=" + gateway.baseUrl(),
							"--apertis.pass-through.enabled=true", "--spring.mvc.servlet.path=/api",
							"--spring.main.banner-mode=off")) {
			gateway.replyWith(Reply.stream().content("half").cut());
			int port = Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
			try (RawExchange exchange = RawExchange.post(port, "/api/apertis/v1/chat/completions",
					"{\"model\":\"m\",\"stream\":true}")) {
				assertThat(exchange.text()).contains("\"half\"", "stream_interrupted")
					.doesNotContain("[DONE]", "invalid_request");
				assertThat(exchange.isTerminated()).isFalse();
			}
		}
	}

}
