package ai.apertis.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.schema.JsonSchemas;
import ai.apertis.client.tools.ToolException;
import ai.apertis.client.tools.ToolFunction;
import ai.apertis.client.tools.ToolLoop;
import ai.apertis.test.Reply;
import ai.apertis.test.ReplyScript;
import ai.apertis.test.SimulatedGateway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * JSON that a model wrote: what can only mean one thing is read, nothing is guessed.
 */
class WrittenJsonTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private static final JsonSchemas SCHEMAS = new JsonSchemas();

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "so-think", "so-fence1", "so-trailing", "so-float", "so-bom" })
	void readsAValue(String script) {
		this.gateway.replyWith(ReplyScript.bundled(script));
		assertThat(this.apertis.chat("hello").completion(Stew.class).block(LIMIT)).isEqualTo(new Stew("Stew", 4));
	}

	static Stream<Arguments> calls() {
		return Stream.of(arguments("tool-float", new Tide("Brest", 6)),
				arguments("tool-newline", new Tide("Brest\nOuest", 6)), arguments("tool-fence", new Tide("Brest", 6)),
				arguments("tool-empty", new Tide(null, null)));
	}

	@ParameterizedTest
	@MethodSource("calls")
	void readsTheArgumentsOfATool(String script, Tide expected) {
		this.gateway.replyWith(ReplyScript.bundled(script), Reply.answer("High"));
		List<Tide> called = new ArrayList<>();
		ToolLoop loop = new ToolLoop(this.apertis::chat, 3, ToolFunction.of("tide", "Tells it", Tide.class, (tide) -> {
			called.add(tide);
			return "high";
		}));
		assertThat(loop.completion(ChatCompletionRequest.of("m", "When?")).block(LIMIT).content()).isEqualTo("High");
		assertThat(called).containsExactly(expected);
	}

	@Test
	void refusesAFractionForAnInteger() {
		this.gateway.replyWith(Reply.answer("{\"name\":\"Stew\",\"serves\":4.5}"),
				Reply.stream().toolCall(0, "c", "tide", "{\"hours\":6.5}").finish("tool_calls").done());
		assertThatExceptionOfType(MalformedResponseException.class)
			.isThrownBy(() -> this.apertis.chat("hello").completion(Stew.class).block(LIMIT));
		ToolLoop loop = new ToolLoop(this.apertis::chat, 3,
				ToolFunction.of("tide", "Tells it", Tide.class, (tide) -> "high"));
		assertThatExceptionOfType(ToolException.class)
			.isThrownBy(() -> loop.completion(ChatCompletionRequest.of("m", "When?")).block(LIMIT));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"name\":\"Stew\",\"serves\":4}",
			"Here you are:\n```json\n{\"name\":\"Stew\",\"serves\":4}\n```\nEnjoy!",
			"~~~\n{\"name\":\"Stew\",\"serves\":4}\n~~~", "```{\"name\":\"Stew\",\"serves\":4}```",
			"<thinking>Maybe {\"name\":\"Soup\",\"serves\":2}?</thinking> {\"name\":\"Stew\",\"serves\":4}",
			"For four, so a stew.</think>{\"name\":\"Stew\",\"serves\":4}",
			"<THINK>a</THINK>\n```JSON\n{\"name\":\"Stew\",\"serves\":4}```",
			"\"{\\\"name\\\":\\\"Stew\\\",\\\"serves\\\":4}\"", "{\"name\":\"Stew\",\"serves\":\"4\"}",
			"{\"name\":\"Stew\",\"serves\":40e-1}", "As {you} asked [1]: {\"name\":\"Stew\",\"serves\":4}",
			"{\"name\":\"Stew\",\"serves\":4}\nThat is: {\"name\":\"Stew\",\"serves\":4}",
			"\uFEFF \uFEFF{\"name\":\"Stew\",\"serves\":4}" })
	void findsTheOnlyValue(String text) {
		assertThat(ChatJson.strict().readValue(SCHEMAS.of(Stew.class).read(text).value(), Stew.class))
			.isEqualTo(new Stew("Stew", 4));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "no JSON", "{\"name\":\"Stew\"", "{\"outer\":{\"name\":\"Stew\",\"serves\":4}",
			"{name: {\"name\":\"Stew\",\"serves\":4}}", "[{\"name\":\"Stew\",\"serves\":4}]",
			"{\"name\":\"Stew\",\"serves\":4} or {\"name\":\"Stew\",\"serves\":6}",
			"<think>{\"name\":\"Stew\",\"serves\":4}", "{\"name\":\"Stew\",\"serves\":4.000001}",
			"{\"name\":\"Stew\",\"serves\":\"four\"}" })
	void guessesNothing(String text) {
		assertThatExceptionOfType(JacksonException.class)
			.isThrownBy(() -> ChatJson.strict().readValue(SCHEMAS.of(Stew.class).read(text).value(), Stew.class));
	}

	@Test
	void readsContainersThatAreWrittenAsText() {
		Menu menu = ChatJson.strict()
			.readValue(SCHEMAS.of(Menu.class)
				.read("{\"courses\":\"[\\\"soup\\\",\\\"stew\\\"]\",\"main\":\"{\\\"name\\\":\\\"[1]\\\",\\\"serves\\\":2.0}\","
						+ "\"note\":\"[\\\"kept\\\"]\"}")
				.value(), Menu.class);
		assertThat(menu).isEqualTo(new Menu(List.of("soup", "stew"), new Stew("[1]", 2), "[\"kept\"]"));
	}

	@Test
	void takesTimeLinearInTheLengthOfTheText() {
		String braces = "{x} ".repeat(50_000);
		assertThat(
				SCHEMAS.of(Stew.class).read(braces + "{\"name\":\"Stew\",\"serves\":4}").value().path("serves").asInt())
			.isEqualTo(4);
	}

	record Stew(String name, int serves) {
	}

	record Tide(@Nullable String harbour, @Nullable Integer hours) {
	}

	record Menu(List<String> courses, Stew main, String note) {
	}

}
