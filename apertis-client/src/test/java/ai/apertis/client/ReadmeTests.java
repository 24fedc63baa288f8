package ai.apertis.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.codec.ServerSentEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Runs the Java of the README and of the page on the client, and compares it with them.
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
			.defaultModel("gpt-4o-mini")
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
		String pages = Files.readString(Path.of("..", "README.md"))
				+ Files.readString(Path.of("..", "docs", "client.md"));
		String source = squeeze(
				Files.readString(Path.of("src", "test", "java", "ai", "apertis", "client", "ReadmeExamples.java")))
			.replace("this.apertis", "apertis");
		List<String> blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
			.matcher(pages)
			.results()
			.map((block) -> block.group(1))
			.toList();
		assertThat(blocks).hasSizeGreaterThanOrEqualTo(18)
			.allSatisfy((block) -> assertThat(source).contains(squeeze(block)));
	}

	@Test
	void responses() {
		this.gateway.reset();
		this.gateway.otherwise((request) -> Reply.stream()
			.raw("data: {\"type\":\"response.output_text.delta\",\"delta\":\"Water\"}\n\n"
					+ "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n"));
		assertThat(this.examples.responses()).isEqualTo("Water stop");
	}

	@Test
	void embeddingsAndRankings() {
		this.gateway.reset();
		this.gateway.otherwise((request) -> request.path().endsWith("rerank")
				? Reply.json(200, "{\"results\":[{\"index\":0,\"relevance_score\":0.5}]}")
				: Reply.json(200, "{\"data\":[{\"index\":0,\"embedding\":[2]}]}"));
		assertThat(this.examples.embeddingsAndRankings(List.of("a"), "b")).isEqualTo(2.5);
	}

	private static String squeeze(String code) {
		return code.replaceAll("\\s+", "");
	}

	/**
	 * Each example of the Python guide: how it is run, the model that it names, and what
	 * it prints.
	 */
	static Stream<Arguments> examples() {
		return Stream.of(arguments("basic streaming", run(ReadmeExamples::basicStreaming), "gpt-4o-mini", "Hello\n"),
				arguments("basic streaming, reactive", await(ReadmeExamples::basicStreamingReactive), "gpt-4o-mini",
						"Hello\n"),
				arguments("collecting", run(ReadmeExamples::collecting), "claude-sonnet-4-20250514",
						"Hello\n--- Collected 5 characters ---\n"),
				arguments("collecting, reactive",
						run((examples) -> System.out.println(examples.collectingReactive().block(LIMIT))),
						"claude-sonnet-4-20250514", "Hello\n--- Collected 5 characters ---\n"),
				arguments("closing", run(ReadmeExamples::closing), "gpt-4o", "Hello\n"),
				arguments("closing, reactive", await(ReadmeExamples::closingReactive), "gemini-2.5-flash", "Hello"),
				arguments("async", await(ReadmeExamples::async), "gpt-4o-mini", "Hello"),
				arguments("async, without Reactor", run((examples) -> examples.asyncWithoutReactor().join()),
						"deepseek-chat", "Hello\n"),
				arguments("errors", run(ReadmeExamples::errors), "gpt-4o-mini", "Hello"),
				arguments("stream options", run(ReadmeExamples::streamOptions), "gpt-4o", "Hello\n\nTokens used: 7\n"),
				arguments("stream options, reactive", await(ReadmeExamples::streamOptionsReactive), "grok-3-fast",
						"Hello\n\nTokens used: 7\n"));
	}

	private static Consumer<ReadmeExamples> run(Consumer<ReadmeExamples> example) {
		return example;
	}

	private static Consumer<ReadmeExamples> await(Function<ReadmeExamples, Flux<?>> example) {
		return (examples) -> example.apply(examples).blockLast(LIMIT);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("examples")
	void theExamplesOfThePythonGuide(String name, Consumer<ReadmeExamples> example, String model, String printed) {
		example.accept(this.examples);
		assertPrinted(printed);
		assertThat(this.gateway.requests()).singleElement()
			.satisfies((request) -> assertThat(request.body()).contains("\"model\":\"" + model + "\"",
					"\"include_usage\":true"));
	}

	@Test
	void closingReactiveClosesTheConnection() throws Exception {
		this.gateway.reset();
		this.gateway.replyWith(Reply.stream().content("1", "2", "3", "4").stall());
		this.examples.closingReactive().blockLast(LIMIT);
		assertPrinted("123");
		assertThat(this.gateway.takeRequest().awaitClosed(LIMIT)).isTrue();
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
	void errorsReactive() {
		assertThat(this.examples.errorsReactive().block(LIMIT)).isEqualTo("Hello");
		this.gateway.replyWith(Reply.error(500, "server_error", "internal_error", "Oops"));
		assertThat(this.examples.errorsReactive().block(LIMIT)).startsWith("API error occurred");
		this.gateway.replyWith(Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow down"));
		assertThat(this.examples.errorsReactive().block(LIMIT)).startsWith("Please wait");
	}

	@Test
	void request() {
		String json = new String(new ChatJson(JsonMapper.shared()).writeStreaming(this.examples.request()),
				StandardCharsets.UTF_8);
		assertThat(json).contains("\"fallback_models\":[\"gpt-4o-mini\",\"grok-3-fast\"]", "\"max_tokens\":200",
				"\"image_url\":{\"url\":\"https://example.org/picture.png\"}");
	}

	@Test
	void options() {
		this.gateway.reset();
		this.gateway.replyWith(Reply.error(503, "server_error", "model_overloaded", "Busy"), HELLO);
		assertThat(this.examples.options().collectList().block(LIMIT)).containsExactly("Hel", "lo");
		assertPrinted("Answered by grok-3-fast\n");
	}

	@Test
	void structuredOutput() {
		this.gateway.reset();
		String gratin = "{\"name\":\"Gratin\",\"ingredients\":[\"potatoes\"],\"note\":null}";
		this.gateway.replyWith(Reply.answer(gratin), Reply.answer("{\"items\":[" + gratin + "]}"));
		this.examples.structuredOutput();
		String printed = "Recipe[name=Gratin, ingredients=[potatoes], note=null]";
		assertPrinted(printed + " [" + printed + "]\n");
	}

	@Test
	void tools() {
		this.gateway.reset();
		this.gateway.replyWith(
				Reply.stream().toolCall(0, "c", "weather", "{\"name\":\"Bern\"}").finish("tool_calls").done(), HELLO);
		assertThat(this.examples.tools().collectList().block(LIMIT)).containsExactly("Hel", "lo");
		assertThat(this.gateway.requests().get(1).body()).contains("Rain in Bern");
	}

	@Test
	void controller() {
		List<ServerSentEvent<Map<String, String>>> events = this.examples.haiku().collectList().block(LIMIT);
		assertThat(events).extracting(ServerSentEvent::data)
			.containsExactly(Map.of("token", "Hel"), Map.of("token", "lo"), Map.of());
		assertThat(events).last().extracting(ServerSentEvent::event).isEqualTo("end");
	}

	@Test
	void withoutBoot() {
		try (ApertisClient client = ReadmeExamples.withoutBoot("key")) {
			assertThat(client.chat("hello")).isNotNull();
		}
	}

	private void assertPrinted(String text) {
		assertThat(this.printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n")).isEqualTo(text);
	}

}
