package ai.apertis.benchmarks.relay;

import java.util.Map;
import java.util.Objects;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Flux;

/**
 * Spring AI's model in a controller.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(SpringAiRelay.ChatController.class)
class SpringAiRelay {

	public static void main(String[] args) {
		SpringApplication.run(SpringAiRelay.class, args);
	}

	@RestController
	static class ChatController {

		private final OpenAiChatModel model;

		ChatController(OpenAiChatModel model) {
			this.model = model;
		}

		@PostMapping(path = "/v1/chat/completions", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<ServerSentEvent<String>> chat(@RequestBody Map<String, Object> request) {
			Prompt prompt = new Prompt("Write a poem about coding",
					OpenAiChatOptions.builder().model(String.valueOf(request.get("model"))).build());
			return this.model.stream(prompt)
				.filter((response) -> response.getResult() != null)
				.mapNotNull((response) -> Objects.requireNonNull(response.getResult()).getOutput().getText())
				.filter((text) -> !text.isEmpty())
				.map((text) -> ServerSentEvent.builder(text).build());
		}

	}

}
