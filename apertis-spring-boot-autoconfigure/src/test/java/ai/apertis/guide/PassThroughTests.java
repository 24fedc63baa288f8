package ai.apertis.guide;

import ai.apertis.client.ApertisClient;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A test of an application's own pass-through, as the documentation shows it.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class PassThroughTests {

	private static final SimulatedGateway gateway = SimulatedGateway.start();

	@LocalServerPort
	private int port;

	@DynamicPropertySource
	static void gateway(DynamicPropertyRegistry properties) {
		properties.add("apertis.base-url", gateway::baseUrl);
		properties.add("apertis.api-key", () -> "none");
	}

	@Test
	void streamsToTheBrowser() throws InterruptedException {
		gateway.replyWith(Reply.answer("Hel", "lo"));
		try (ApertisClient browser = ApertisClient.builder()
			.baseUrl("http://localhost:" + this.port + "/apertis/v1")
			.apiKey("none")
			.defaultModel("gpt-4o-mini")
			.build()) {
			assertThat(browser.chat("Hi").content().collectList().block()).containsExactly("Hel", "lo");
		}
		assertThat(gateway.takeRequest().body()).contains("\"Hi\"");
	}

}
