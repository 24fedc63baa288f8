package ai.apertis.passthrough;

import java.io.IOException;
import java.util.List;

import ai.apertis.test.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What there is below the base path, and what is told of what is not.
 */
@BothStacks
class EndpointTests {

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type, List.of(TestApplication.Open.class, Own.class),
				"spring.web.resources.static-locations=classpath:/ai/apertis/passthrough/route/");
	}

	@AfterEach
	void stop() {
		this.application.close();
	}

	@Test
	void tellsOfAnUnknownEndpointInTheShapeOfTheProtocol() throws IOException {
		assertThat(error("POST /apertis/v1/embeddings", 404, "endpoint_not_found").path("message").asString())
			.isEqualTo("There is no POST /apertis/v1/embeddings here");
		for (String request : List.of("POST /apertis/chat/completions", "GET /apertis/models", "PUT /apertis")) {
			assertThat(error(request, 404, "endpoint_not_found").path("message").asString())
				.isEqualTo("There is no " + request + " here: the base URL of a client ends with /apertis/v1");
		}
		assertThat(this.application.gateway().requests()).isEmpty();
	}

	@Test
	void tellsWhichMethodAnEndpointTakes() throws IOException {
		for (String method : List.of("GET", "PUT", "DELETE")) {
			assertThat(error(method + " " + TestApplication.PATH, 405, "method_not_allowed").path("message").asString())
				.isEqualTo("/apertis/v1/chat/completions takes POST, not " + method);
		}
		assertThat(error("POST " + TestApplication.MODELS_PATH, 405, "method_not_allowed").path("message").asString())
			.isEqualTo("/apertis/v1/models takes GET, not POST");
		assertThat(error("POST /apertis/client.js", 405, "method_not_allowed").path("message").asString())
			.isEqualTo("/apertis/client.js takes GET, not POST");
		try (RawExchange exchange = this.application.get(TestApplication.PATH)) {
			assertThat(exchange.header("Allow")).isEqualTo("POST");
		}
		assertThat(this.application.gateway().requests()).isEmpty();
	}

	@Test
	void leavesWhatTheApplicationHasOfItsOwn() throws IOException {
		try (RawExchange exchange = this.application.get("/apertis/own")) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.text()).isEqualTo("its own");
		}
		try (RawExchange exchange = this.application.get("/apertis/missing")) {
			assertThat(exchange.status()).isEqualTo(404);
			assertThat(exchange.text()).doesNotContain("endpoint_not_found");
		}
		try (RawExchange exchange = this.application.get("/client.js")) {
			assertThat(exchange.status()).isEqualTo(200);
		}
		try (RawExchange exchange = this.application.get("/apertisan")) {
			assertThat(exchange.status()).isEqualTo(404);
			assertThat(exchange.text()).doesNotContain("endpoint_not_found");
		}
		this.application.gateway().replyWith(Reply.answer("a"));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
		}
	}

	@Test
	void servesTheModuleByItsTag() throws IOException {
		String tag;
		try (RawExchange exchange = this.application.get("/apertis/client.js")) {
			tag = exchange.header("ETag");
			assertThat(tag).matches("\"[0-9a-f]{32}\"");
			assertThat(exchange.header("Cache-Control")).isEqualTo("no-cache");
			assertThat(exchange.text()).contains("export function chat");
		}
		try (RawExchange exchange = this.application.get("/apertis/client.js", "If-None-Match: " + tag)) {
			assertThat(exchange.status()).isEqualTo(304);
			assertThat(exchange.header("ETag")).isEqualTo(tag);
		}
		try (RawExchange exchange = RawExchange.send(this.application.port(), "HEAD /apertis/client.js", new byte[0],
				List.of("Connection: close"))) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.header("ETag")).isEqualTo(tag);
			assertThat(exchange.header("Content-Type")).isEqualTo("text/javascript;charset=UTF-8");
		}
	}

	private JsonNode error(String request, int status, String code) throws IOException {
		try (RawExchange exchange = RawExchange.send(this.application.port(), request, new byte[0], List.of())) {
			assertThat(exchange.status()).as(request).isEqualTo(status);
			assertThat(exchange.header("Content-Type")).isEqualTo("application/json");
			JsonNode error = TestApplication.json(exchange.text()).path("error");
			assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
			assertThat(error.path("code").asString()).isEqualTo(code);
			return error;
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Own {

		@Bean
		OwnController ownController() {
			return new OwnController();
		}

	}

	@RestController
	static class OwnController {

		@GetMapping("/apertis/missing")
		String missing() {
			throw new ResponseStatusException(HttpStatus.NOT_FOUND, "of its own");
		}

		@GetMapping("/apertis/own")
		String own() {
			return "its own";
		}

	}

}
