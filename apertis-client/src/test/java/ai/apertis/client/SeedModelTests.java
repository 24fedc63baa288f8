package ai.apertis.client;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import ai.apertis.test.WireStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The models that the Python guide names, with a recorded stream of their provider
 * standing in for each: of Google there is none, so that OpenAI's, whose form its
 * endpoint keeps to, stands in. Where the recordings are not beside this clone, a stream
 * of our own does.
 */
class SeedModelTests {

	private static final Path RECORDED = Path.of("..", "..", "shared", "wire", "streams");

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static SimulatedGateway gateway;

	private static ApertisClient apertis;

	private static List<WireStream> streams;

	@BeforeAll
	static void start() {
		streams = Files.exists(RECORDED) ? WireStream.in(RECORDED) : WireStream.bundled();
		gateway = SimulatedGateway.start();
		apertis = ApertisClient.builder()
			.baseUrl(gateway.baseUrl())
			.apiKey("key")
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	@AfterAll
	static void stop() {
		apertis.close();
		gateway.close();
	}

	@ParameterizedTest
	@CsvSource({ "gpt-4o, openai-text.sse", "gpt-4o-mini, openai-length.sse", "gpt-4-turbo, openai-tool-after-text.sse",
			"claude-sonnet-4-20250514, openrouter-comments.sse",
			"claude-opus-4-5-20251101, openrouter-reasoning-details-tool.sse",
			"claude-haiku-4-5-20250501, openrouter-comments.sse", "gemini-2.5-pro, openai-text.sse",
			"gemini-2.5-flash, openai-tool-parallel.sse", "deepseek-chat, openrouter-annotations.sse",
			"deepseek-chat, deepseek-reasoning.sse", "grok-3, xai-reasoning-tool.sse",
			"grok-3-fast, xai-on-azure-tool.sse" })
	void streamsTheModelsOfTheGuideInEachForm(String model, String recording) throws Exception {
		WireStream stream = streams.stream()
			.filter((candidate) -> candidate.name().equals(recording))
			.findFirst()
			.orElseGet(() -> ownStream());
		ChatCall call = apertis.chat(ChatCompletionRequest.of(model, "hello"));
		Stream.generate(() -> Reply.stream().raw(stream.bytes())).limit(3).forEach(gateway::replyWith);
		StringBuilder looped = new StringBuilder();
		try (ChatStream open = call.open()) {
			open.forEach((chunk) -> looped.append(chunk.content()));
			assertIsAsRecorded(stream.expected(), open.completion(), looped.toString());
		}
		String streamed = call.content().collectList().map((all) -> String.join("", all)).block(LIMIT);
		ChatCompletion collected = call.completion().blockOptional(LIMIT).orElseThrow();
		assertIsAsRecorded(stream.expected(), collected, streamed);
		for (int i = 0; i < 3; i++) {
			assertThat(gateway.takeRequest().body()).contains("\"model\":\"" + model + "\"");
		}
	}

	private static WireStream ownStream() {
		return streams.stream().filter((own) -> own.name().equals("text-with-usage.sse")).findFirst().orElseThrow();
	}

	private static void assertIsAsRecorded(JsonNode expected, ChatCompletion actual, String streamed) {
		JsonNode choice = expected.path("choices").get(0);
		assertThat(streamed).isEqualTo(actual.content()).hasSize(choice.path("content_length").asInt());
		assertThat(actual.toolCalls()).hasSameSizeAs(choice.path("tool_calls"));
		assertThat(actual.usage()).isNotNull();
		assertThat(actual.usage().totalTokens()).isEqualTo(expected.path("usage").path("total_tokens").asLong());
	}

}
