package ai.apertis.benchmarks.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

import ai.apertis.benchmarks.gateway.Script;
import ai.apertis.client.ApertisClient;
import ai.apertis.client.ChatStream;
import ai.apertis.client.chat.ChatCompletionRequest;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.client.okhttp.OpenAIOkHttpClientAsync;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * What can read an answer in Java.
 */
enum Contender {

	/** This project, reactive. */
	APERTIS_FLUX("Apertis, Flux", (port) -> {
		ApertisClient client = apertis(port);
		return (script, chunk) -> client.chat(request(script)).chunks().doOnNext((next) -> chunk.run()).blockLast();
	}),

	/** This project, in a loop. */
	APERTIS_BLOCKING("Apertis, blocking", (port) -> {
		ApertisClient client = apertis(port);
		return (script, chunk) -> {
			try (ChatStream stream = client.chat(request(script)).open()) {
				stream.forEach((next) -> chunk.run());
			}
		};
	}),

	/** This project, collected. */
	APERTIS_COLLECTED("Apertis, collected", (port) -> {
		ApertisClient client = apertis(port);
		return (script, chunk) -> {
			client.chat(request(script)).completion().block();
			chunk.run();
		};
	}),

	/** What can be written by hand. */
	FLOOR("Hand-written floor, content only", Floor::new),

	/** The WebClient's own reader. */
	WEB_CLIENT("WebClient's SSE reader, Jackson records", (port) -> {
		WebClient client = WebClient.create("http://127.0.0.1:" + port + "/v1");
		JsonMapper mapper = new JsonMapper();
		return (script, chunk) -> webClient(client, mapper, script).doOnNext((next) -> chunk.run()).blockLast();
	}),

	/** The same in a loop. */
	WEB_CLIENT_BLOCKING("The same, blocking", (port) -> {
		WebClient client = WebClient.create("http://127.0.0.1:" + port + "/v1");
		JsonMapper mapper = new JsonMapper();
		return (script, chunk) -> webClient(client, mapper, script).toIterable().forEach((next) -> chunk.run());
	}),

	/** LangChain4j's model. */
	LANGCHAIN4J("LangChain4j", (port) -> {
		OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
			.baseUrl("http://127.0.0.1:" + port + "/v1")
			.apiKey("benchmark")
			.modelName("gpt-4o-mini")
			.returnThinking(true)
			.build();
		return (script, chunk) -> {
			CompletableFuture<ChatResponse> end = new CompletableFuture<>();
			model.chat(ChatRequest.builder().modelName(script.model()).messages(UserMessage.from("A poem")).build(),
					new StreamingChatResponseHandler() {

						@Override
						public void onPartialResponse(String text) {
							chunk.run();
						}

						@Override
						public void onPartialThinking(PartialThinking thinking) {
							chunk.run();
						}

						@Override
						public void onPartialToolCall(PartialToolCall call) {
							chunk.run();
						}

						@Override
						public void onCompleteResponse(ChatResponse response) {
							end.complete(response);
						}

						@Override
						public void onError(Throwable error) {
							end.completeExceptionally(error);
						}

					});
			end.get();
		};
	}),

	/** OpenAI's client. */
	OPENAI_JAVA("openai-java, blocking", (port) -> {
		OpenAIClient client = OpenAIOkHttpClient.builder()
			.baseUrl("http://127.0.0.1:" + port + "/v1")
			.apiKey("benchmark")
			.build();
		return (script, chunk) -> {
			ChatCompletionCreateParams params = ChatCompletionCreateParams.builder()
				.model(script.model())
				.addUserMessage("A poem")
				.build();
			try (StreamResponse<ChatCompletionChunk> stream = client.chat().completions().createStreaming(params)) {
				stream.stream().forEach((next) -> chunk.run());
			}
		};
	}),

	/** Spring AI's model. */
	SPRING_AI("Spring AI", (port) -> {
		String url = "http://127.0.0.1:" + port + "/v1";
		OpenAiChatModel model = OpenAiChatModel.builder()
			.openAiClient(OpenAIOkHttpClient.builder().baseUrl(url).apiKey("benchmark").build())
			.openAiClientAsync(OpenAIOkHttpClientAsync.builder().baseUrl(url).apiKey("benchmark").build())
			.build();
		return (script, chunk) -> model
			.stream(new Prompt("A poem", OpenAiChatOptions.builder().model(script.model()).build()))
			.doOnNext((next) -> chunk.run())
			.blockLast();
	});

	private final String title;

	private final IntFunction<Reader> reader;

	Contender(String title, IntFunction<Reader> reader) {
		this.title = title;
		this.reader = reader;
	}

	String title() {
		return this.title;
	}

	Reader reader(int port) {
		return this.reader.apply(port);
	}

	private static ApertisClient apertis(int port) {
		return ApertisClient.builder().apiKey("benchmark").baseUrl("http://127.0.0.1:" + port + "/v1").build();
	}

	private static ChatCompletionRequest request(Script script) {
		return ChatCompletionRequest.of(script.model(), "A poem");
	}

	private static Flux<Chunk> webClient(WebClient client, JsonMapper mapper, Script script) {
		return client.post()
			.uri("/chat/completions")
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue(script.request())
			.retrieve()
			.bodyToFlux(new ParameterizedTypeReference<ServerSentEvent<String>>() {
			})
			.mapNotNull(ServerSentEvent::data)
			.takeWhile((data) -> !data.equals("[DONE]"))
			.map((data) -> mapper.readValue(data, Chunk.class));
	}

}
