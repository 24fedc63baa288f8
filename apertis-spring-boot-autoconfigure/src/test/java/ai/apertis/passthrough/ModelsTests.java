package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;

import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The list of models.
 */
@BothStacks
class ModelsTests {

	private static final String MODELS = """
			{"object":"list","data":[{"id":"gpt-4o"},{"id":"gpt-4o-mini","owned_by":"x"},{"id":"o1"}],"more":1}""";

	@Parameter
	private WebApplicationType type;

	@Test
	void asksTheGatewayOnceForAWhile() throws Exception {
		try (TestApplication application = TestApplication.start(this.type)) {
			application.gateway().replyWith(Reply.json(200, MODELS));
			for (int i = 0; i < 3; i++) {
				try (RawExchange exchange = application.get(TestApplication.MODELS_PATH, "Cookie: a=b")) {
					assertThat(exchange.status()).isEqualTo(200);
					assertThat(exchange.header("Content-Type")).isEqualTo("application/json");
					assertThat(exchange.text()).isEqualTo(MODELS);
				}
			}
			assertThat(application.gateway().requests()).hasSize(1);
			assertThat(application.gateway().takeRequest().headers()).doesNotContainKey("Cookie");
		}
	}

	@Test
	void asksAgainAfterAWhile() {
		try (TestApplication application = TestApplication.start(this.type, "apertis.pass-through.models-cache=50ms")) {
			application.gateway().otherwise((request) -> Reply.json(200, MODELS));
			Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
				try (RawExchange exchange = application.get(TestApplication.MODELS_PATH)) {
					assertThat(exchange.status()).isEqualTo(200);
				}
				assertThat(application.gateway().requests()).hasSizeGreaterThan(1);
			});
		}
	}

	@Test
	void tellsOnlyTheAllowedOnes() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.allowed-models=gpt-4o*")) {
			application.gateway().replyWith(Reply.json(200, MODELS));
			try (RawExchange exchange = application.get(TestApplication.MODELS_PATH)) {
				assertThat(exchange.text()).isEqualTo(MODELS.replace(",{\"id\":\"o1\"}", ""));
			}
		}
	}

	@Test
	void doesNotAskAGatewayThatFailsWithEachRequest() throws IOException {
		try (TestApplication application = TestApplication.start(this.type)) {
			application.gateway().otherwise((request) -> Reply.error(500, "server_error", "c", "Worn out"));
			for (int i = 0; i < 10; i++) {
				try (RawExchange exchange = application.get(TestApplication.MODELS_PATH)) {
					assertThat(exchange.status()).isEqualTo(500);
				}
			}
			// once, and once again
			assertThat(application.gateway().requests()).hasSize(2);
		}
	}

	@Test
	void countsAmongTheRequestsOfAUser() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.per-user.requests-per-minute=2")) {
			application.gateway().replyWith(Reply.json(200, MODELS));
			for (int status : new int[] { 200, 200, 429, 429 }) {
				try (RawExchange exchange = application.get(TestApplication.MODELS_PATH)) {
					assertThat(exchange.status()).isEqualTo(status);
				}
			}
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				assertThat(exchange.status()).isEqualTo(429);
				assertThat(TestApplication.error(exchange.text()).path("code").asString())
					.isEqualTo("rate_limit_exceeded");
			}
		}
	}

	@Test
	void keepsAFailureNoLongerThanAnAnswer() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.allowed-models=gpt-4o", "apertis.pass-through.models-cache=0s")) {
			String echo = "Bad key " + TestApplication.KEY;
			application.gateway()
				.replyWith(Reply.error(401, "authentication_error", "invalid_api_key", echo), Reply.json(200, "[]"),
						Reply.json(200, "{\"data\":7}"), Reply.error(404, "t", "c", echo), Reply.json(200, MODELS));
			for (int status : new int[] { 502, 502, 502, 404, 200 }) {
				try (RawExchange exchange = application.get(TestApplication.MODELS_PATH)) {
					assertThat(exchange.status()).isEqualTo(status);
					assertThat(exchange.text()).doesNotContain(TestApplication.KEY);
				}
			}
		}
	}

}
