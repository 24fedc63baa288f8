package ai.apertis.passthrough.route;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

import ai.apertis.passthrough.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link RequestBody} and {@link BodyScan}.
 */
class RequestBodyTests {

	private static final RequestRules RULES = new RequestRules(null, List.of(), null, 1, 5, 50, List.of());

	@Test
	void writesTheMembersWithTheBytesWithWhichTheyCame() {
		RequestBody body = read(
				"\uFEFF {\"model\" : \"m\", \"temperature\":0.10000000000000000001,\n\"x\":{ \"y\" :1e2 }} ");
		assertThat(text(body))
			.isEqualTo("{\"model\":\"m\",\"temperature\":0.10000000000000000001,\"x\":{ \"y\" :1e2 }}");
	}

	@Test
	void setsAMemberAndWhateverAGatewayMayTakeForIt() {
		RequestBody body = read("{\"own\":1,\"own2\":2}").with("OWN", IntNode.valueOf(3));
		assertThat(text(body)).isEqualTo("{\"own2\":2,\"OWN\":3}");
	}

	@Test
	void removesAMemberAndWhateverAGatewayMayTakeForIt() {
		assertThat(text(read("{\"a\":1,\"b\":2}").without("A"))).isEqualTo("{\"b\":2}");
	}

	@Test
	void doesNotChange() {
		RequestBody body = read("{\"a\":1}");
		body.with("a", IntNode.valueOf(2));
		body.without("a");
		assertThat(text(body)).isEqualTo("{\"a\":1}");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			[]              | [{"role":"system"}]
			[ ]             | [{"role":"system"} ]
			[ {"r":1}, 2 ]  | [{"role":"system"},{"r":1}, 2 ]
			""")
	void putsAnElementBeforeAllOthers(String array, String changed) {
		ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "system");
		RequestBody body = read("{\"messages\":" + array + "}").withFirst("messages", message);
		assertThat(body).isNotNull();
		assertThat(read(text(body)).get("messages")).isEqualTo(read("{\"m\":" + changed + "}").get("m"));
		assertThat(body.get("messages")).isEqualTo(read("{\"m\":" + changed + "}").get("m"));
	}

	@Test
	void putsNoElementIntoWhatIsNoArray() {
		assertThat(read("{\"messages\":\"hi\"}").withFirst("messages", IntNode.valueOf(1))).isNull();
		assertThat(read("{}").withFirst("messages", IntNode.valueOf(1))).isNull();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			[]              | [{"role":"tool"},2]
			[ ]             | [{"role":"tool"},2]
			[ {"r":1}, 2 ]  | [{"r":1}, 2,{"role":"tool"},2]
			""")
	void putsElementsBehindAllOthers(String array, String changed) {
		ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "tool");
		RequestBody body = read("{\"messages\":" + array + "}").withLast("messages",
				List.of(message, IntNode.valueOf(2)));
		assertThat(text(body)).isEqualTo("{\"messages\":" + changed + "}");
		assertThat(body.get("messages")).isEqualTo(read("{\"m\":" + changed + "}").get("m"));
		assertThatIllegalArgumentException().isThrownBy(() -> body.withLast("other", List.of(message)));
	}

	@Test
	void keepsSomeMembersOnly() {
		RequestBody body = read("{\"a\":1,\"b\":[2],\"c\":\"d\"}").only(Set.of("b", "c", "x"));
		assertThat(text(body)).isEqualTo("{\"b\":[2],\"c\":\"d\"}");
		assertThat(text(body.with("c", "{\"e\":1}".getBytes(StandardCharsets.UTF_8))))
			.isEqualTo("{\"b\":[2],\"c\":{\"e\":1}}");
	}

	@Test
	void parsesAMemberAlone() {
		RequestBody body = read("{\"a\":1,\"b\":[2]}");
		try (JsonParser parser = body.parser("b")) {
			assertThat(parser).isNotNull();
			assertThat(parser.nextToken()).isEqualTo(JsonToken.START_ARRAY);
			assertThat(parser.nextIntValue(0)).isEqualTo(2);
			assertThat(parser.nextToken()).isEqualTo(JsonToken.END_ARRAY);
			assertThat(parser.nextToken()).isNull();
		}
		assertThat(body.parser("c")).isNull();
	}

	@Test
	void givesACopyOfItsTree() {
		RequestBody body = read("{\"a\":{\"b\":1}}");
		((ObjectNode) body.tree().path("a")).put("b", 2);
		assertThat(text(body)).isEqualTo("{\"a\":{\"b\":1}}");
	}

	@Test
	void takesTheLastOfMembersThatAreThereTwice() {
		assertThat(text(read("{\"a\":1,\"a\":2}"))).isEqualTo("{\"a\":2}");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			``                   | JSON object, but is empty
			`  `                 | JSON object, but is empty
			[]                   | JSON object, but is an array
			[{                   | JSON object, but is an array
			1                    | JSON object, but is a single value
			"secret"             | JSON object, but is a single value
			{                    | whole JSON object, but ends at line 1, column 2
			{"a":1               | whole JSON object, but ends at line 1, column 7
			{"a":"secret         | whole JSON object, but ends at line 1, column 13
			{"a":[{"b":          | whole JSON object, but ends at line 1, column 12
			{"a":1}x             | JSON object, but is not valid JSON at line 1, column 8
			{"a":secret}         | JSON object, but is not valid JSON at line 1, column 6
			{"a":1,}             | JSON object, but is not valid JSON at line 1, column 8
			{} {}                | one JSON object, but more follows at line 1, column 4
			{"a":1e99999999999}  | number, a name or a text of excessive size
			""")
	void saysWhyABodyIsNoJsonObject(String json, String message) {
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> read(json))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("invalid_request"))
			.withMessageContaining(message)
			.withMessageNotContaining("secret");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\u0000{}", "\u0000{\u0000}" })
	void refusesWhatIsNotUtf8(String json) {
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> read(json))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("invalid_request"))
			.withMessageContaining("UTF-8");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"MODEL\":\"m\"}", "{\"max_tokenſ\":1}", "{\"aa\":1,\"aA\":2}",
			"{\"messages\":[{\"ROLE\":\"user\"}]}", "{\"messages\":[{\"role\":1,\"role\":2}]}" })
	void refusesNamesThatAGatewayMayTakeForOthers(String json) {
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> read(json))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("invalid_parameter"));
	}

	@Test
	void leavesTheNamesInSchemasToTheApplication() {
		String json = "{\"tools\":[{\"function\":{\"parameters\":{\"properties\":{\"Name\":{},\"NAME\":{}}}}}]}";
		RequestRules deep = new RequestRules(null, List.of(), null, 1, 20, 50, List.of());
		assertThat(text(read(json, deep))).isEqualTo(json);
	}

	@ParameterizedTest
	@CsvSource({ "6,1,request_too_deep", "1,60,request_too_complex" })
	void refusesWhatIsBeyondTheRules(int depth, int values, String code) {
		String json = "{\"a\":" + "[".repeat(depth) + "1,".repeat(values) + "1" + "]".repeat(depth) + "}";
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> read(json))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo(code));
	}

	@ParameterizedTest
	@ValueSource(strings = { "true", "false", "null", "\"\"", "\"text\"", "\"é 漢字 🙂\"", "\"a\\\"b\"", "\"\\u0041\\n\"",
			"\"back\\\\\"", "1", "-1.50e3", "[]", "{\"true\":false}", "[ \"a\" ]" })
	void readsAMemberAsAParserDoes(String value) {
		JsonNode read = read("{ \"a\" : " + value + " , \"b\":" + value + "}").get("a");
		assertThat(read).isEqualTo(RequestBody.JSON.readTree(value));
		assertThat(read("{\"b\":" + value + "}").get("b")).isEqualTo(read);
	}

	@ParameterizedTest
	@ValueSource(strings = { "plain_1", "quote\"d", "back\\slash", "line\nbreak", "\u0001", "é", "漢字", "🙂", "" })
	void writesEachName(String name) {
		String json = JsonMapper.shared().writeValueAsString(Map.of(name, 1));
		assertThat(JsonMapper.shared().readTree(read(json).write())).isEqualTo(JsonMapper.shared().readTree(json));
	}

	@ParameterizedTest
	@CsvSource({ "temperature,TEMPERATURE", "top_k,top_\u212A", "stop,\u017Ftop", "n,N", "top_p,Top_P" })
	void takesNoOtherSpellingForTheName(String name, String other) {
		assertThat(MemberNames.isSame(name, other)).isTrue();
		assertThat(MemberNames.isSame(other, name)).isTrue();
		assertThat(MemberNames.isSame(name, name)).isTrue();
		assertThat(MemberNames.isSame(name, name + "1")).isFalse();
	}

	@Test
	void doesNotMakeATreeOfALargeMember() {
		RequestBody body = read("{\"a\":\"" + "x".repeat(70_000) + "\"}");
		assertThat(body.has("a")).isTrue();
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> body.get("a"));
		assertThat(body.size()).isGreaterThan(70_000);
	}

	private static RequestBody read(String json) {
		return read(json, RULES);
	}

	private static RequestBody read(String json, RequestRules rules) {
		return new BodyScan(BodyScan.mapper(rules), rules, new MemberNames(List.of()))
			.read(json.getBytes(StandardCharsets.UTF_8), Set.of());
	}

	private static String text(RequestBody body) {
		return new String(body.write(), StandardCharsets.UTF_8);
	}

}
