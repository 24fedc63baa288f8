package ai.apertis.sample;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ChatStream;
import ai.apertis.client.chat.ChatCompletionChunk;
import reactor.core.publisher.Flux;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Controller that uses the client, in blocking and in reactive style.
 */
@RestController
class ChatController {

	private final ApertisClient apertis;

	ChatController(ApertisClient apertis) {
		this.apertis = apertis;
	}

	@GetMapping("/blocking")
	String blocking(@RequestParam String prompt) {
		StringBuilder answer = new StringBuilder();
		try (ChatStream stream = this.apertis.chat(prompt).open()) {
			for (ChatCompletionChunk chunk : stream) {
				answer.append(chunk.content());
			}
			stream.usage().ifPresent((usage) -> answer.append("\n\nTokens used: ").append(usage.totalTokens()));
		}
		return answer.toString();
	}

	@GetMapping(path = "/reactive", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<Token> reactive(@RequestParam String prompt) {
		return this.apertis.chat(prompt).content().map(Token::new);
	}

	/**
	 * A piece of an answer. As JSON, it keeps its spaces and line breaks in an event.
	 */
	record Token(String text) {
	}

}
