package ai.apertis.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ContentPart;
import ai.apertis.client.embedding.EmbeddingRequest;
import ai.apertis.client.embedding.Embeddings;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.RateLimitException;
import ai.apertis.client.rerank.Ranking;
import ai.apertis.client.rerank.RerankRequest;
import ai.apertis.client.responses.CollectedResponse;
import ai.apertis.client.responses.ResponseRequest;
import ai.apertis.client.tools.ToolFunction;
import ai.apertis.client.tools.ToolLoop;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;

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

	Flux<String> basicStreamingReactive() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Write a short poem about coding.");
		return this.apertis.chat(request).content().doOnNext(System.out::print).doOnComplete(System.out::println);
	}

	void collecting() {
		var request = ChatCompletionRequest.of("claude-sonnet-4-20250514", "Explain machine learning in 3 sentences.");
		try (ChatStream stream = this.apertis.chat(request).open()) {
			stream.forEach((chunk) -> System.out.print(chunk.content()));
			System.out.println("\n--- Collected " + stream.completion().content().length() + " characters ---");
		}
	}

	Mono<String> collectingReactive() {
		var request = ChatCompletionRequest.of("claude-sonnet-4-20250514", "Explain machine learning in 3 sentences.");
		return this.apertis.chat(request)
			.completion()
			.doOnNext((all) -> System.out.println(all.content()))
			.map((all) -> "--- Collected " + all.content().length() + " characters ---");
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

	Flux<String> closingReactive() {
		var request = ChatCompletionRequest.of("gemini-2.5-flash", "List 5 programming languages and their use cases.");
		return this.apertis.chat(request).content().take(3).doOnNext(System.out::print);
	}

	Flux<String> async() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Write a haiku about Python.");
		Flux<String> tokens = this.apertis.chat(request).content();
		return tokens.doOnNext(System.out::print);
	}

	CompletableFuture<Void> asyncWithoutReactor() {
		var request = ChatCompletionRequest.of("deepseek-chat", "Write a haiku about Python.");
		CompletableFuture<ChatCompletion> answer = this.apertis.chat(request).completion().toFuture();
		return answer.thenAccept((completion) -> System.out.println(completion.content()));
	}

	void errors() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Tell me a joke.");
		try (ChatStream stream = this.apertis.chat(request).open()) {
			stream.forEach((chunk) -> System.out.print(chunk.content()));
		}
		catch (RateLimitException ex) {
			System.out.println("\nRate limit exceeded. Please wait " + ex.retryAfter().orElse(Duration.ofMinutes(1))
					+ " and retry. " + ex);
		}
		catch (ApertisException ex) {
			System.out.println("\nAPI error occurred: " + ex + ", received: "
					+ ex.partialCompletion().map(ChatCompletion::content));
		}
	}

	Mono<String> errorsReactive() {
		var request = ChatCompletionRequest.of("gpt-4o-mini", "Tell me a joke.");
		return this.apertis.chat(request)
			.completion()
			.map(ChatCompletion::content)
			.onErrorResume(RateLimitException.class,
					(ex) -> Mono.just("Please wait " + ex.retryAfter().orElse(Duration.ofMinutes(1))))
			.onErrorResume(ApertisException.class, (ex) -> Mono.just("API error occurred: " + ex));
	}

	void streamOptions() {
		var request = ChatCompletionRequest.of("gpt-4o", "Explain quantum entanglement.");
		try (ChatStream stream = this.apertis.chat(request).open()) {
			stream.forEach((chunk) -> System.out.print(chunk.content()));
			stream.usage().ifPresent((usage) -> System.out.println("\n\nTokens used: " + usage.totalTokens()));
		}
	}

	Flux<ChatCompletionChunk> streamOptionsReactive() {
		var request = ChatCompletionRequest.of("grok-3-fast", "Explain quantum entanglement.");
		return this.apertis.chat(request).chunks().doOnNext((chunk) -> {
			System.out.print(chunk.content());
			if (chunk.usage() != null) {
				System.out.println("\n\nTokens used: " + chunk.usage().totalTokens());
			}
		});
	}

	ChatCompletionRequest request() {
		return ChatCompletionRequest.builder()
			.model("deepseek-chat")
			.system("Answer in one sentence.")
			.user(ContentPart.text("What is this?"), ContentPart.image("https://example.org/picture.png"))
			.temperature(0.2)
			.maxTokens(200)
			.fallback(Duration.ofSeconds(30), "gpt-4o-mini", "grok-3-fast")
			.build();
	}

	Flux<String> options() {
		return this.apertis.chat("Tell me a joke.")
			.options((options) -> options.withFirstChunkTimeout(Duration.ofSeconds(5))
				.withFailover("grok-3-fast", "gpt-4o"))
			.onResponse((metadata) -> System.out.println("Answered by " + metadata.actualModel().orElse("?")))
			.content();
	}

	void structuredOutput() {
		record Recipe(String name, List<String> ingredients, @Nullable String note) {
		}

		Recipe recipe = this.apertis.chat("A recipe with potatoes, please.").completion(Recipe.class).block();
		List<Recipe> menu = this.apertis.chat("Three of them.")
			.completion(new ParameterizedTypeReference<List<Recipe>>() {
			})
			.block();
		System.out.println(recipe + " " + menu);
	}

	Flux<String> tools() {
		record City(String name) {
		}

		var weather = ToolFunction.of("weather", "Tells the weather", City.class, (city) -> "Rain in " + city.name());
		var loop = new ToolLoop(this.apertis::chat, 5, weather);
		return loop.content(ChatCompletionRequest.of("gpt-4o-mini", "Do I need an umbrella in Bern?"));
	}

	@GetMapping(path = "/haiku", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<ServerSentEvent<Map<String, String>>> haiku() {
		return this.apertis.chat("Write a haiku about rain.")
			.content()
			.map((token) -> ServerSentEvent.builder(Map.of("token", token)).build())
			.concatWithValues(ServerSentEvent.<Map<String, String>>builder().event("end").data(Map.of()).build());
	}

	static ApertisClient withoutBoot(String key) {
		return ApertisClient.builder().apiKey(key).defaultModel("gpt-4o-mini").build();
	}

	String responses() {
		ResponseRequest asked = ResponseRequest.of("What is rain?")
			.model("gpt-5-mini")
			.with("reasoning", Map.of("effort", "low"));
		Flux<String> text = this.apertis.responses(asked).content();
		Mono<CollectedResponse> response = this.apertis.responses(asked).response();
		return text.collectList().map((pieces) -> String.join("", pieces)).block() + " "
				+ response.map(CollectedResponse::finishReason).block();
	}

	double embeddingsAndRankings(List<String> texts, String question) {
		Mono<Embeddings> embeddings = this.apertis.embeddings(EmbeddingRequest.of("text-embedding-3-small", texts));
		Mono<Ranking> ranking = this.apertis.rerank(RerankRequest.of("rerank-v3.5", question, texts).topN(3));
		return Mono.zip(embeddings, ranking)
			.map((both) -> both.getT1().vectors().get(0)[0] + both.getT2().results().get(0).relevanceScore())
			.blockOptional()
			.orElseThrow();
	}

}
