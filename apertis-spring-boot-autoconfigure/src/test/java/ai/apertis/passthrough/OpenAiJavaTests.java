package ai.apertis.passthrough;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

import ai.apertis.test.Reply;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.InternalServerException;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.models.Model;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ResponseTextDeltaEvent;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The official OpenAI library for Java against the pass-through.
 */
@BothStacks
class OpenAiJavaTests {

	private static final ChatCompletionCreateParams REQUEST = ChatCompletionCreateParams.builder()
		.model("gpt-4o-mini")
		.addUserMessage("hi")
		.build();

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	private OpenAIClient client;

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type, "apertis.retry.max-retry-after=30s",
				"apertis.pass-through.routes=chat,responses");
		this.client = OpenAIOkHttpClient.builder()
			.baseUrl("http://localhost:" + this.application.port() + "/apertis/v1")
			.apiKey("not-a-key")
			.maxRetries(0)
			.build();
	}

	@AfterEach
	void stop() {
		this.client.close();
		this.application.close();
	}

	@Test
	void streams() {
		this.application.gateway().replyWith(Reply.stream().content("Hel", "lo").finish("stop").usage(1, 2).done());
		try (StreamResponse<ChatCompletionChunk> stream = this.client.chat().completions().createStreaming(REQUEST)) {
			List<ChatCompletionChunk> chunks = stream.stream().toList();
			assertThat(chunks).allSatisfy((chunk) -> assertThat(chunk.choices()).hasSize(1));
			assertThat(chunks.stream()
				.map((chunk) -> chunk.choices().get(0).delta().content().orElse(""))
				.collect(Collectors.joining())).isEqualTo("Hello");
		}
	}

	@Test
	void hangsUp() throws Exception {
		this.application.gateway().replyWith(Reply.stream().repeat("on ", 100_000, Duration.ofMillis(5)));
		try (StreamResponse<ChatCompletionChunk> stream = this.client.chat().completions().createStreaming(REQUEST)) {
			assertThat(stream.stream().limit(5).count()).isEqualTo(5);
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(Duration.ofSeconds(10))).isTrue();
	}

	@Test
	void raisesErrors() {
		this.application.gateway()
			.replyWith(Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow").header("Retry-After", "60"),
					Reply.error(401, "authentication_error", "invalid_api_key", "Invalid key"));
		assertThatExceptionOfType(RateLimitException.class)
			.isThrownBy(() -> this.client.chat().completions().create(REQUEST));
		assertThatExceptionOfType(InternalServerException.class)
			.isThrownBy(() -> this.client.chat().completions().create(REQUEST))
			.satisfies((error) -> assertThat(error.statusCode()).isEqualTo(502));
	}

	@ParameterizedTest
	@ValueSource(ints = { 429, 503, 500 })
	void seesTheStatusOfAGatewayThatAsksToWait(int status) {
		this.application.gateway()
			.otherwise((request) -> Reply.error(status, "server_error", "busy", "Not now").header("Retry-After", "7"));
		Class<? extends OpenAIServiceException> type = (status == 429) ? RateLimitException.class
				: InternalServerException.class;
		List<ThrowingCallable> calls = List.of(() -> this.client.chat().completions().create(REQUEST),
				() -> this.client.chat().completions().createStreaming(REQUEST).stream().toList());
		for (ThrowingCallable call : calls) {
			assertThatExceptionOfType(OpenAIServiceException.class).isThrownBy(call).satisfies((error) -> {
				assertThat(error).isInstanceOf(type).hasMessageContaining("Not now");
				assertThat(error.statusCode()).isEqualTo(status);
				assertThat(error.headers().values("Retry-After")).containsExactly("7");
			});
		}
		// none was repeated after a wait
		assertThat(this.application.gateway().requests()).hasSize(2);
	}

	@Test
	void raisesWhenAStreamFailsOrBreaksOff() {
		this.application.gateway()
			.replyWith(Reply.stream().content("half").errorEvent("server_error", "upstream_error", "Gone"),
					Reply.stream().content("half").cut());
		for (int i = 0; i < 2; i++) {
			try (StreamResponse<ChatCompletionChunk> stream = this.client.chat()
				.completions()
				.createStreaming(REQUEST)) {
				assertThatExceptionOfType(OpenAIException.class).isThrownBy(() -> stream.stream().toList());
			}
		}
	}

	@Test
	void streamsResponses() {
		this.application.gateway().otherwise(TypedReplies::to);
		try (StreamResponse<ResponseStreamEvent> stream = responses("routes-text")) {
			List<ResponseStreamEvent> events = stream.stream().toList();
			assertThat(events.stream()
				.flatMap((event) -> event.outputTextDelta().stream())
				.map(ResponseTextDeltaEvent::delta)
				.collect(Collectors.joining())).isEqualTo("Hello");
			assertThat(events.get(events.size() - 1).completed()).isPresent();
		}
		try (StreamResponse<ResponseStreamEvent> stream = responses("routes-tool")) {
			assertThat(stream.stream().flatMap((event) -> event.completed().stream())).singleElement()
				.satisfies((completed) -> assertThat(completed.response().output().get(0).asFunctionCall().arguments())
					.isEqualTo("{\"city\":\"Paris\"}"));
		}
		for (String model : List.of("routes-cut", "routes-overloaded")) {
			try (StreamResponse<ResponseStreamEvent> stream = responses(model)) {
				assertThatExceptionOfType(OpenAIException.class).isThrownBy(() -> stream.stream().toList());
			}
		}
		assertThatExceptionOfType(RateLimitException.class).isThrownBy(() -> responses("routes-busy"));
	}

	private StreamResponse<ResponseStreamEvent> responses(String model) {
		return this.client.responses().createStreaming(ResponseCreateParams.builder().model(model).input("hi").build());
	}

	@Test
	void answersWithoutAStreamAndListsModels() {
		this.application.gateway()
			.replyWith(Reply.json(200, """
					{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
					"message":{"role":"assistant","content":"whole","refusal":null},"finish_reason":"stop",\
					"logprobs":null}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"""),
					Reply.json(200, """
							{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"x"}]}"""));
		assertThat(this.client.chat().completions().create(REQUEST).choices().get(0).message().content())
			.contains("whole");
		assertThat(this.client.models().list().data()).extracting(Model::id).containsExactly("m");
	}

}
