package ai.apertis.benchmarks.relay;

import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * What tutorials show.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(TutorialRelay.ChatController.class)
class TutorialRelay {

	public static void main(String[] args) {
		SpringApplication.run(TutorialRelay.class, args);
	}

	static WebClient webClient(String gateway) {
		HttpClient client = HttpClient.create(
				ConnectionProvider.builder("benchmark").maxConnections(10_000).pendingAcquireMaxCount(10_000).build());
		return WebClient.builder()
			.baseUrl(gateway)
			.defaultHeader("Authorization", "Bearer benchmark")
			.clientConnector(new ReactorClientHttpConnector(client))
			.build();
	}

	@RestController
	static class ChatController {

		private final WebClient client;

		ChatController(@Value("${gateway}") String gateway) {
			this.client = webClient(gateway);
		}

		@PostMapping(path = "/v1/chat/completions", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<ServerSentEvent<String>> chat(@RequestBody String request) {
			return this.client.post()
				.uri("/v1/chat/completions")
				.contentType(MediaType.APPLICATION_JSON)
				.bodyValue(request)
				.retrieve()
				.bodyToFlux(String.class)
				.map((data) -> ServerSentEvent.builder(data).build());
		}

	}

}
