package ai.apertis.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.responses.CollectedResponse;
import ai.apertis.client.responses.ResponseEvent;
import ai.apertis.client.responses.ResponseRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import ai.apertis.test.TalkativeReplies;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link ApertisClient#responses}.
 */
class ResponsesTests {

	private static final Path RECORDINGS = Path.of("..", "..", "shared", "wire", "responses");

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("test")
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	private CollectedResponse collected(String model) {
		return this.apertis.responses(ResponseRequest.of("Hi").model(model))
			.response()
			.blockOptional(LIMIT)
			.orElseThrow();
	}

	@Test
	void recordingsAreCollectedAsTheirIndexSays() throws Exception {
		if (!Files.isDirectory(RECORDINGS)) {
			return;
		}
		for (JsonNode stream : JsonMapper.shared()
			.readTree(RECORDINGS.resolve("index.json").toFile())
			.path("streams")) {
			String file = stream.path("file").asString();
			JsonNode expect = stream.path("expect");
			byte[] bytes = Files.readAllBytes(RECORDINGS.resolve(file));
			for (Reply reply : List.of(Reply.stream().raw(bytes), Reply.stream().byteByByte(bytes))) {
				this.gateway.replyWith(reply);
				if (!expect.path("outcome").asString().equals("completed")) {
					assertThatExceptionOfType(ApertisException.class).as(file).isThrownBy(() -> collected("m"));
					continue;
				}
				CollectedResponse response = collected("m");
				assertThat(response.finishReason()).as(file).isEqualTo(expect.path("finish").path("norm").asString());
				assertText(file, response.text(), expect.path("text"));
				assertText(file, response.reasoning(), expect.path("reasoning"));
				assertText(file, response.refusal(), expect.path("refusal"));
				assertThat(response.toolCalls()).as(file).hasSameSizeAs(expect.path("tool_calls"));
				for (int i = 0; i < response.toolCalls().size(); i++) {
					JsonNode call = expect.path("tool_calls").path(i);
					CollectedResponse.ToolCall read = response.toolCalls().get(i);
					assertThat(read.callId()).as(file).isEqualTo(call.path("id").asString());
					assertThat(read.name()).as(file).isEqualTo(call.path("name").asString());
					assertThat(read.arguments()).as(file).isEqualTo(call.path("arguments").asString());
					assertThat(read.complete()).as(file)
						.isEqualTo(!call.path("status").asString("").equals("incomplete"));
				}
			}
		}
	}

	private static void assertText(String file, String text, JsonNode expected) throws Exception {
		if (!expected.isObject()) {
			assertThat(text).as(file).isEqualTo(expected.asString(""));
			return;
		}
		byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
		assertThat(HexFormat.of().formatHex(hash)).as(file + ": " + text).isEqualTo(expected.path("sha256").asString());
	}

	@Test
	void streamsAndCollects() throws IOException {
		this.gateway.otherwise(new TalkativeReplies(Duration.ofMillis(1)));
		String text = String.join("",
				this.apertis.responses(ResponseRequest.of("Hi").model("m")).content().collectList().block(LIMIT));
		CollectedResponse response = collected("m");
		assertThat(response.text()).isEqualTo(text).isNotEmpty();
		assertThat(response.finishReason()).isEqualTo("stop");
		assertThat(response.usage()).isNotNull().satisfies((usage) -> assertThat(usage.outputTokens()).isPositive());
		assertThat(response.json().path("status").asString()).isEqualTo("completed");
		CollectedResponse reasoned = this.apertis.responses(ResponseRequest.of("[reason]").model("m"))
			.response()
			.blockOptional(LIMIT)
			.orElseThrow();
		assertThat(reasoned.reasoning()).contains("question");
		CollectedResponse called = this.apertis.responses(
				ResponseRequest.of("Hi").model("m").with("tools", List.of(Map.of("type", "function", "name", "time"))))
			.response()
			.blockOptional(LIMIT)
			.orElseThrow();
		assertThat(called.finishReason()).isEqualTo("tool_calls");
		assertThat(called.toolCalls()).singleElement().satisfies((call) -> assertThat(call.name()).isEqualTo("time"));
	}

	@Test
	void whatCameIsDeliveredBeforeTheFailure() {
		this.gateway.replyWith(Reply.stream()
			.raw("data: {\"type\":\"response.output_text.delta\",\"delta\":\"one\"}\n\ndata: {\"type\":\"response.new_thing\"}\n\n")
			.cut());
		StepVerifier
			.create(this.apertis.responses(ResponseRequest.of("Hi").model("m")).events().map(ResponseEvent::type))
			.expectNext("response.output_text.delta", "response.new_thing")
			.expectError(StreamInterruptedException.class)
			.verify(LIMIT);
	}

	@Test
	void needsAModel() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.apertis.responses(ResponseRequest.of("Hi")))
			.withMessageContaining("model");
	}

}
