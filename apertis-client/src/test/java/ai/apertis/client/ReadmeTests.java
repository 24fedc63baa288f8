package ai.apertis.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.upstream.RetryPolicy;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Runs the Java of the README, and compares it with the README.
 */
class ReadmeTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Reply HELLO = Reply.stream().content("Hel", "lo").finish("stop").usage(3, 4).done();

	private final PrintStream console = System.out;

	private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

	private SimulatedGateway gateway;

	private ReadmeExamples examples;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start().replyWith(HELLO);
		this.examples = new ReadmeExamples(ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.retryPolicy(RetryPolicy.NONE)
			.build());
		System.setOut(new PrintStream(this.printed, true, StandardCharsets.UTF_8));
	}

	@AfterEach
	void stop() {
		System.setOut(this.console);
		this.gateway.close();
	}

	@Test
	void everyBlockOfJavaIsAnExampleThatIsRun() throws IOException {
		String readme = Files.readString(Path.of("..", "README.md"));
		String source = squeeze(
				Files.readString(Path.of("src", "test", "java", "ai", "apertis", "client", "ReadmeExamples.java")))
			.replace("this.apertis", "apertis");
		List<String> blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
			.matcher(readme)
			.results()
			.map((block) -> block.group(1))
			.toList();
		assertThat(blocks).hasSizeGreaterThanOrEqualTo(8)
			.allSatisfy((block) -> assertThat(source).contains(squeeze(block)));
	}

	private static String squeeze(String code) {
		return code.replaceAll("\\s+", "");
	}

	@Test
	void basicStreaming() {
		this.examples.basicStreaming();
		assertPrinted("Hello\n");
		assertAsked("gpt-4o-mini");
	}

	@Test
	void collecting() {
		this.examples.collecting();
		assertPrinted("Hello\n--- Collected 5 characters ---\n");
		assertAsked("claude-sonnet-4-20250514");
	}

	@Test
	void collectingWhileStreaming() {
		this.examples.collectingWhileStreaming();
		assertPrinted("Hello\n--- Collected 5 characters ---\n");
	}

	@Test
	void closing() {
		this.examples.closing();
		assertPrinted("Hello\n");
	}

	@Test
	void async() {
		this.examples.async().blockLast(LIMIT);
		assertPrinted("Hello");
	}

	@Test
	void errorsAtTheRateLimit() {
		this.gateway.reset();
		this.gateway.replyWith(
				Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow down").header("Retry-After", "2"));
		this.examples.errors();
		assertThat(this.printed.toString(StandardCharsets.UTF_8)).contains("Rate limit exceeded", "PT2S", "Slow down");
	}

	@Test
	void errorsInsideTheStream() {
		this.gateway.reset();
		this.gateway.replyWith(Reply.stream().content("Why did").errorEvent("server_error", "internal_error", "Oops"));
		this.examples.errors();
		assertThat(this.printed.toString(StandardCharsets.UTF_8)).contains("Why did", "API error occurred", "Oops");
	}

	@Test
	void reactiveErrors() {
		assertThat(this.examples.reactiveErrors().block(LIMIT)).isEqualTo("Hello");
		this.gateway.replyWith(Reply.error(500, "server_error", "internal_error", "Oops"));
		assertThat(this.examples.reactiveErrors().block(LIMIT)).startsWith("API error occurred");
	}

	@Test
	void streamOptions() {
		this.examples.streamOptions();
		assertPrinted("Hello\n\nTokens used: 7\n");
		assertThat(this.gateway.requests().get(0).body()).contains("\"include_usage\":true");
	}

	@Test
	void request() {
		String json = new String(new ChatJson(JsonMapper.shared()).writeStreaming(this.examples.request()),
				StandardCharsets.UTF_8);
		assertThat(json).contains("\"fallback_models\":[\"gpt-4o-mini\",\"grok-3-fast\"]", "\"max_tokens\":200",
				"\"role\":\"assistant\"");
	}

	@Test
	void withoutBoot() {
		assertThatNoException().isThrownBy(() -> ReadmeExamples.withoutBoot("key").chat("hello"));
	}

	private void assertPrinted(String text) {
		assertThat(this.printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n")).isEqualTo(text);
	}

	private void assertAsked(String model) {
		assertThat(this.gateway.requests().get(0).body()).contains("\"model\":\"" + model + "\"");
	}

}
