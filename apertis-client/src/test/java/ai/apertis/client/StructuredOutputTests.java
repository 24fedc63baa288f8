package ai.apertis.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ResponseFormat;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Answers as values of Java types.
 */
class StructuredOutputTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final City BERN = new City("Bern", 134_000, List.of("German"));

	private static final String JSON = "{\"name\":\"Bern\",\"inhabitants\":134000,\"languages\":[\"German\"]}";

	private static final ParameterizedTypeReference<List<City>> CITIES = new ParameterizedTypeReference<>() {
	};

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

	@Test
	void readsAStreamedAnswer() throws Exception {
		this.gateway.replyWith(Reply.answer(JSON.substring(0, 10), JSON.substring(10)));
		assertThat(this.apertis.chat("The capital?").completion(City.class).block(LIMIT)).isEqualTo(BERN);
		JsonNode format = JsonMapper.shared().readTree(this.gateway.takeRequest().body()).path("response_format");
		assertThat(format.path("type").asString()).isEqualTo("json_schema");
		assertThat(format.path("json_schema").path("name").asString()).isEqualTo("City");
		assertThat(format.path("json_schema").path("strict").asBoolean()).isTrue();
		assertThat(format.path("json_schema").path("schema").path("properties").propertyNames())
			.containsExactlyInAnyOrder("name", "inhabitants", "languages");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"items\":[%s]}", "[%s]", "Here they are:\n```json\n[%s]\n```\nEnjoy!",
			"<think>[1] is a list</think>{\"items\":[%s]}" })
	void readsAList(String form) throws Exception {
		this.gateway.replyWith(Reply.answer(form.formatted(JSON)), Reply.completion(form.formatted(JSON), 1, 2));
		assertThat(this.apertis.chat("The capitals?").completion(CITIES).block(LIMIT)).containsExactly(BERN);
		assertThat(this.apertis.chat("The capitals?").call(CITIES).block(LIMIT)).containsExactly(BERN);
		JsonNode format = JsonMapper.shared().readTree(this.gateway.takeRequest().body()).at("/response_format");
		assertThat(format.at("/json_schema/name").asString()).isEqualTo("List_City_");
		assertThat(format.at("/json_schema/strict").asBoolean()).isTrue();
		assertThat(format.at("/json_schema/schema/properties/items/items/properties/name/type").asString())
			.isEqualTo("string");
	}

	@ParameterizedTest
	@ValueSource(strings = { "none", "[", "{\"items\":{}}", "{\"cities\":[]}", "[[]]" })
	void takesNothingElseForAList(String answer) {
		this.gateway.replyWith(Reply.answer(answer));
		assertThatExceptionOfType(MalformedResponseException.class)
			.isThrownBy(() -> this.apertis.chat("The capitals?").completion(CITIES).block(LIMIT))
			.withMessageContaining("List<City>");
	}

	@Test
	void readsAGenericTypeAndATypeThatIsNoObject() {
		this.gateway.replyWith(Reply.answer("{\"value\":{\"name\":\"x\",\"next\":null,\"children\":{}},\"sure\":true}"),
				Reply.answer("{\"value\":42}"));
		assertThat(this.apertis.chat("x").completion(new ParameterizedTypeReference<Guess<Node>>() {
		}).block(LIMIT)).isEqualTo(new Guess<>(new Node("x", null, Map.of()), true));
		assertThat(this.apertis.chat("x").completion(Integer.class).block(LIMIT)).isEqualTo(42);
	}

	@Test
	void doesNotAskForAMapStrictly() throws Exception {
		this.gateway.replyWith(Reply.answer("{\"name\":\"a\",\"next\":null,\"children\":{}}"));
		assertThat(this.apertis.chat("x").completion(Node.class).block(LIMIT)).isNotNull();
		JsonNode format = JsonMapper.shared().readTree(this.gateway.takeRequest().body()).at("/response_format");
		assertThat(format.at("/json_schema/strict").asBoolean(true)).isFalse();
	}

	@Test
	void allowsNullWhereTheTypeDoes() {
		this.gateway.replyWith(Reply.answer("{\"note\":null,\"inner\":{}}"), Reply.answer("{\"inner\":null}"));
		assertThat(this.apertis.chat("x").completion(Lenient.class).block(LIMIT))
			.isEqualTo(new Lenient(null, new Lenient(null, null)));
		assertThat(this.apertis.chat("x").completion(Lenient.class).block(LIMIT)).isEqualTo(new Lenient(null, null));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "{\"name\":\"a\",\"next\":{\"next\":null},\"children\":{}} | next.name",
					"{\"name\":\"a\",\"next\":null,\"children\":{\"x\":{}}} | children.x.name",
					"{\"name\":\"a\",\"next\":null,\"children\":{\"x\":null}} | children.x" })
	void looksIntoRecordsWithinRecords(String json, String missing) {
		this.gateway.replyWith(Reply.answer(json));
		assertThatExceptionOfType(MalformedResponseException.class)
			.isThrownBy(() -> this.apertis.chat("x").completion(Node.class).block(LIMIT))
			.withMessageContaining("lacks '" + missing + "'");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "{\"kind\":1,\"count\":1}", "{\"kind\":\"A\",\"count\":1.7}", "{\"kind\":\"C\",\"count\":1}" })
	void takesNoValueForAnother(String json) {
		this.gateway.replyWith(Reply.answer(json));
		assertThatExceptionOfType(MalformedResponseException.class)
			.isThrownBy(() -> this.apertis.chat("x").completion(Counted.class).block(LIMIT))
			.withMessageContaining("no Counted");
	}

	@Test
	void readsAWholeAnswer() {
		this.gateway.replyWith(Reply.completion(JSON, 1, 2));
		assertThat(this.apertis.chat("The capital?").call(City.class).block(LIMIT)).isEqualTo(BERN);
	}

	@ParameterizedTest
	@ValueSource(strings = { "```json\n%s\n```", "\n```\n%s```\n", "  %s\n" })
	void readsThroughFences(String form) {
		this.gateway.replyWith(Reply.answer(form.formatted(JSON)));
		assertThat(this.apertis.chat("The capital?").completion(City.class).block(LIMIT)).isEqualTo(BERN);
	}

	@Test
	void leavesAResponseFormatOfTheRequestsOwn() throws Exception {
		this.gateway.replyWith(Reply.answer(JSON));
		ChatCompletionRequest request = ChatCompletionRequest.builder()
			.user("The capital, as JSON?")
			.responseFormat(ResponseFormat.JSON_OBJECT)
			.build();
		assertThat(this.apertis.chat(request).completion(City.class).block(LIMIT)).isEqualTo(BERN);
		assertThat(this.gateway.takeRequest().body()).contains("\"response_format\":{\"type\":\"json_object\"}");
	}

	@Test
	void takesNoTimeForALongAnswerThatIsNone() {
		this.gateway.replyWith(Reply.answer("```json\n" + " ".repeat(1_000_000) + "x"));
		assertThatExceptionOfType(MalformedResponseException.class)
			.isThrownBy(() -> this.apertis.chat("The capital?").completion(City.class).block(LIMIT));
	}

	@Test
	void namesMembersAsTheSchemaDoesWhateverTheApplicationsMapperDoes() {
		JsonMapper snakeCase = JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
		this.gateway.replyWith(Reply.answer("{\"firstName\":\"Ada\"}"));
		try (ApertisClient other = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.jsonMapper(snakeCase)
			.build()) {
			assertThat(other.chat("Who?").completion(Person.class).block(LIMIT)).isEqualTo(new Person("Ada"));
		}
	}

	static Stream<Arguments> noValues() {
		return Stream.of(arguments(Reply.answer("It is Bern, of secret fame."), "no City"),
				arguments(Reply.answer("{\"name\":{}}"), "no City"), arguments(Reply.answer("null"), "no City"),
				arguments(Reply.answer(""), "no City"),
				arguments(Reply.answer("{\"name\":\"secret\"}"), "lacks 'inhabitants'"),
				arguments(Reply.answer("{\"name\":null,\"inhabitants\":1,\"languages\":[]}"), "lacks 'name'"),
				arguments(Reply.answer("{\"name\":\"secret\",\"inhabitants\":1,\"languages\":[null]}"),
						"lacks 'languages[0]'"),
				arguments(Reply.stream().content("{\"name\":\"secret").finish("length").done(), "maxTokens"),
				arguments(Reply.stream()
					.event("", "{\"choices\":[{\"delta\":{\"refusal\":\"secret\"},\"finish_reason\":\"stop\"}]}")
					.done(), "refused"));
	}

	@ParameterizedTest
	@MethodSource("noValues")
	void failsWithTheCompletionWhenItIsNoValue(Reply reply, String message) {
		this.gateway.replyWith(reply);
		assertThatExceptionOfType(MalformedResponseException.class)
			.isThrownBy(() -> this.apertis.chat("The capital?").completion(City.class).block(LIMIT))
			.withMessageContaining(message)
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"))
			.satisfies((ex) -> assertThat(ex.partialCompletion()).isPresent());
	}

	@Test
	void refusesTextWhichAnAnswerIsAnyway() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.apertis.chat("x").completion(String.class))
			.withMessageContaining("completion()");
		assertThat(this.gateway.requests()).isEmpty();
	}

	private record Lenient(@Nullable String note, @Nullable Lenient inner) {
	}

	private record Node(String name, @Nullable Node next, Map<String, Node> children) {
	}

	private enum Kind {

		A, B

	}

	private record Counted(Kind kind, int count) {
	}

	private record Person(String firstName) {
	}

	private record Guess<T>(T value, boolean sure) {
	}

	private record City(String name, int inhabitants, List<String> languages) {
	}

}
