package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.error.ApertisException;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import reactor.core.publisher.Flux;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An endpoint of the application's own that streams, as the documentation shows it.
 */
@BothStacks
class OwnEndpointTests {

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type, List.of(TestApplication.Open.class, Own.class));
	}

	@AfterEach
	void stop() {
		this.application.close();
	}

	@Test
	void keepsEachTokenAndTellsTheEnd() throws IOException {
		this.application.gateway().replyWith(Reply.answer("Hel", "lo", " world", "\n\n!"));
		try (RawExchange exchange = story()) {
			assertThat(exchange.header("Content-Type")).startsWith("text/event-stream");
			assertThat(exchange.text()).isEqualTo("""
					data:{"text":"Hel"}

					data:{"text":"lo"}

					data:{"text":" world"}

					data:{"text":"\\n\\n!"}

					event:end
					data:{"text":""}

					""");
		}
	}

	@Test
	void tellsAFailureFromAnEnd() throws IOException {
		this.application.gateway().replyWith(Reply.stream().content("Half").cut());
		try (RawExchange exchange = story()) {
			assertThat(exchange.text()).contains("\"Half\"", "event:failure").doesNotContain("event:end");
		}
	}

	@Test
	void closesTheConnectionToTheGatewayWhenTheBrowserGoes() throws Exception {
		this.application.gateway().replyWith(Reply.stream().repeat("on ", 100_000, Duration.ofMillis(20)));
		try (RawExchange exchange = story()) {
			assertThat(exchange.chunk()).startsWith("data:");
		}
		RecordedRequest request = this.application.gateway().takeRequest();
		Awaitility.await().until(() -> request.closedAt().isPresent());
	}

	/**
	 * Why the documentation says that text is to be sent as JSON.
	 */
	@Test
	void losesLeadingSpacesWithText() throws IOException {
		this.application.gateway().replyWith(Reply.answer("Hel", "lo", " world"));
		try (RawExchange exchange = this.application.get("/text", "Accept: text/event-stream")) {
			String text = exchange.text();
			assertThat(text).contains("data: world\n");
			// what every reader of event streams makes of it
			assertThat(text.lines()
				.filter((line) -> line.startsWith("data:"))
				.map((line) -> line.substring(line.startsWith("data: ") ? 6 : 5))
				.reduce("", String::concat)).isEqualTo("Helloworld");
		}
	}

	private RawExchange story() throws IOException {
		return this.application.send("POST /story", "the sea",
				Map.of("Content-Type", "text/plain", "Accept", "text/event-stream"));
	}

	@Configuration(proxyBeanMethods = false)
	@Import(StoryController.class)
	static class Own {

	}

	@RestController
	static class StoryController {

		private final ApertisClient apertis;

		StoryController(ApertisClient apertis) {
			this.apertis = apertis;
		}

		record Token(String text) {
		}

		@PostMapping(path = "/story", consumes = MediaType.TEXT_PLAIN_VALUE,
				produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<ServerSentEvent<Token>> story(@RequestBody String about) {
			return this.apertis.chat(ChatCompletionRequest.of("gpt-4o-mini", "A story about " + about))
				.content()
				.map((token) -> ServerSentEvent.builder(new Token(token)).build())
				.concatWithValues(ServerSentEvent.<Token>builder().event("end").data(new Token("")).build())
				.onErrorResume(ApertisException.class, (ex) -> Flux
					.just(ServerSentEvent.<Token>builder().event("failure").data(new Token("")).build()));
		}

		@GetMapping(path = "/text", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<String> text() {
			return this.apertis.chat(ChatCompletionRequest.of("gpt-4o-mini", "A story")).content();
		}

	}

}
