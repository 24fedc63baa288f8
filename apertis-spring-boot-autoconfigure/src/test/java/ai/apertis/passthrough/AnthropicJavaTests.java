package ai.apertis.passthrough;

import java.util.List;
import java.util.stream.Collectors;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The official Anthropic library for Java against the pass-through.
 */
@BothStacks
class AnthropicJavaTests {

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	private AnthropicClient client;

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type, "apertis.retry.max-retries=0",
				"apertis.pass-through.routes=messages");
		this.application.gateway().otherwise(TypedReplies::to);
		this.client = AnthropicOkHttpClient.builder()
			.baseUrl("http://localhost:" + this.application.port() + "/apertis")
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
		try (StreamResponse<RawMessageStreamEvent> stream = messages("routes-text")) {
			assertThat(stream.stream()
				.flatMap((event) -> event.contentBlockDelta().stream())
				.flatMap((delta) -> delta.delta().text().stream())
				.map((text) -> text.text())
				.collect(Collectors.joining())).isEqualTo("Hello");
		}
		try (StreamResponse<RawMessageStreamEvent> stream = messages("routes-tool")) {
			assertThat(stream.stream()
				.flatMap((event) -> event.contentBlockDelta().stream())
				.flatMap((delta) -> delta.delta().inputJson().stream())
				.map((json) -> json.partialJson())
				.collect(Collectors.joining())).isEqualTo("{\"city\":\"Paris\"}");
		}
	}

	@Test
	void raisesWhenAStreamFailsOrBreaksOff() {
		for (String model : List.of("routes-cut", "routes-overloaded")) {
			try (StreamResponse<RawMessageStreamEvent> stream = messages(model)) {
				assertThatExceptionOfType(AnthropicException.class).as(model)
					.isThrownBy(() -> stream.stream().toList());
			}
		}
	}

	@Test
	void raisesErrors() {
		assertThatExceptionOfType(RateLimitException.class).isThrownBy(() -> messages("routes-busy"));
		assertThatExceptionOfType(BadRequestException.class)
			.isThrownBy(() -> this.client.messages()
				.create(request("routes-text").putAdditionalBodyProperty("container", JsonValue.from("c")).build()))
			.withMessageContaining("container");
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> this.client.messages()
			.countTokens(MessageCountTokensParams.builder().model("m").addUserMessage("hi").build()));
	}

	private StreamResponse<RawMessageStreamEvent> messages(String model) {
		return this.client.messages().createStreaming(request(model).build());
	}

	private static MessageCreateParams.Builder request(String model) {
		return MessageCreateParams.builder().model(model).maxTokens(100).addUserMessage("hi");
	}

}
