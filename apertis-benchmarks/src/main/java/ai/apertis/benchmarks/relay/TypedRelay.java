package ai.apertis.benchmarks.relay;

import java.util.Map;

import ai.apertis.benchmarks.client.Chunk;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A controller that reads each event into records, and writes them.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(TypedRelay.ChatController.class)
class TypedRelay {

	public static void main(String[] args) {
		SpringApplication.run(TypedRelay.class, args);
	}

	@RestController
	static class ChatController {

		private final WebClient client;

		private final JsonMapper mapper;

		ChatController(@Value("${gateway}") String gateway, JsonMapper mapper) {
			this.client = TutorialRelay.webClient(gateway);
			this.mapper = mapper;
		}

		@PostMapping(path = "/v1/chat/completions", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<ServerSentEvent<Chunk>> chat(@RequestBody Map<String, Object> request) {
			return this.client.post()
				.uri("/v1/chat/completions")
				.contentType(MediaType.APPLICATION_JSON)
				.bodyValue(request)
				.retrieve()
				.bodyToFlux(String.class)
				.takeWhile((data) -> !data.equals("[DONE]"))
				.map((data) -> ServerSentEvent.builder(this.mapper.readValue(data, Chunk.class)).build());
		}

	}

}
