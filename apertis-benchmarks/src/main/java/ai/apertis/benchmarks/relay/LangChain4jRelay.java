package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.util.Map;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * LangChain4j's model in a controller.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(LangChain4jRelay.ChatController.class)
class LangChain4jRelay {

	public static void main(String[] args) {
		SpringApplication.run(LangChain4jRelay.class, args);
	}

	@RestController
	static class ChatController {

		private final OpenAiStreamingChatModel model;

		ChatController(@Value("${gateway}") String gateway) {
			this.model = OpenAiStreamingChatModel.builder()
				.baseUrl(gateway)
				.apiKey("benchmark")
				.modelName("gpt-4o-mini")
				.build();
		}

		@PostMapping("/v1/chat/completions")
		SseEmitter chat(@RequestBody Map<String, Object> request) {
			SseEmitter emitter = new SseEmitter(300_000L);
			this.model.chat(ChatRequest.builder()
				.modelName(String.valueOf(request.get("model")))
				.messages(UserMessage.from("Write a poem about coding"))
				.build(), new Sender(emitter));
			return emitter;
		}

	}

	private record Sender(SseEmitter emitter) implements StreamingChatResponseHandler {

		@Override
		public void onPartialResponse(String text) {
			try {
				this.emitter.send(text);
			}
			catch (IOException | IllegalStateException ex) {
				this.emitter.completeWithError(ex);
			}
		}

		@Override
		public void onCompleteResponse(ChatResponse response) {
			this.emitter.complete();
		}

		@Override
		public void onError(Throwable error) {
			this.emitter.completeWithError(error);
		}

	}

}
