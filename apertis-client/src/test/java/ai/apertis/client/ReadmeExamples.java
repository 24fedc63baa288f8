package ai.apertis.client;

import java.time.Duration;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ChatMessage;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.RateLimitException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The Java of the README, each method one block of it. They are run by
 * {@link ReadmeTests}, which also sees to it that both are the same.
 */
class ReadmeExamples {

	private final ApertisClient apertis;

	ReadmeExamples(ApertisClient apertis) {
		this.apertis = apertis;
	}

	void basicStreaming() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Write a short poem about coding.");
		for (ChatCompletionChunk chunk : this.apertis.chat(request).open()) {
			System.out.print(chunk.content());
		}
		System.out.println();
	}

	void collecting() {
		var request = ChatCompletionRequest.of("claude-sonnet-4-20250514", "Explain machine learning in 3 sentences.");
		ChatCompletion completion = this.apertis.chat(request).completion().block();
		System.out.println(completion.content());
		System.out.println("--- Collected " + completion.content().length() + " characters ---");
	}

	void collectingWhileStreaming() {
		var request = ChatCompletionRequest.of("claude-sonnet-4-20250514", "Explain machine learning in 3 sentences.");
		try (ChatStream stream = this.apertis.chat(request).open()) {
			stream.forEach((chunk) -> System.out.print(chunk.content()));
			System.out.println("\n--- Collected " + stream.completion().content().length() + " characters ---");
		}
	}

	void closing() {
		var request = ChatCompletionRequest.of("gpt-4o", "List 5 programming languages and their use cases.");
		try (ChatStream stream = this.apertis.chat(request).open()) {
			for (ChatCompletionChunk chunk : stream) {
				System.out.print(chunk.content());
			}
		}
		System.out.println();
	}

	Flux<String> async() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Write a haiku about Python.");
		Flux<String> tokens = this.apertis.chat(request).content();
		return tokens.doOnNext(System.out::print);
	}

	void errors() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Tell me a joke.");
		try (ChatStream stream = this.apertis.chat(request).open()) {
			stream.forEach((chunk) -> System.out.print(chunk.content()));
		}
		catch (RateLimitException ex) {
			System.out.println("\nRate limit exceeded. Please wait " + ex.retryAfter() + " and retry. " + ex);
		}
		catch (ApertisException ex) {
			System.out.println("\nAPI error occurred: " + ex + ", received: " + ex.partialCompletion());
		}
	}

	Mono<String> reactiveErrors() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Tell me a joke.");
		return this.apertis.chat(request)
			.completion()
			.map(ChatCompletion::content)
			.onErrorResume(RateLimitException.class, (ex) -> Mono.just("Please wait " + ex.retryAfter()))
			.onErrorResume(ApertisException.class, (ex) -> Mono.just("API error occurred: " + ex));
	}

	void streamOptions() {
		var request = ChatCompletionRequest.of("gpt-4o", "Explain quantum entanglement.");
		try (ChatStream stream = this.apertis.chat(request).open()) {
			stream.forEach((chunk) -> System.out.print(chunk.content()));
			stream.usage().ifPresent((usage) -> System.out.println("\n\nTokens used: " + usage.totalTokens()));
		}
	}

	ChatCompletionRequest request() {
		return ChatCompletionRequest.builder()
			.model("deepseek-chat")
			.system("Answer in one sentence.")
			.user("What is a stream?")
			.message(ChatMessage.assistant("A sequence of things that come one after the other."))
			.user("And of tokens?")
			.temperature(0.2)
			.maxTokens(200)
			.fallback(Duration.ofSeconds(30), "gpt-4o-mini", "grok-3-fast")
			.build();
	}

	static ApertisClient withoutBoot(String key) {
		return ApertisClient.builder().apiKey(key).defaultModel("gpt-4o-mini").build();
	}

}
