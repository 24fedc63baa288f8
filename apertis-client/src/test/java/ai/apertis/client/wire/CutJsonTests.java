package ai.apertis.client.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CutJson}.
 */
class CutJsonTests {

	private static final JsonMapper JSON = new JsonMapper();

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			{"a":1,"b":"cd                        | {"a":1,"b":"cd"}
			{"a":1,"b                             | {"a":1}
			{"a":1,"b"                            | {"a":1}
			{"a":1,"b":                           | {"a":1}
			{"a":1,"b":12                         | {"a":1}
			{"a":1,"b":tru                        | {"a":1}
			{"a":"b","c":[{"d":"e"},{"f":["g","h  | {"a":"b","c":[{"d":"e"},{"f":["g","h"]}]}
			{"a":["b",                            | {"a":["b"]}
			{"a":"say \\"hi\\" \\                 | {"a":"say \\"hi\\" "}
			{"a":"b\\u00e                         | {"a":"b"}
			{"a":"b\\\\\\\\\\\\\\\\\\             | {"a":"b\\\\\\\\\\\\\\\\"}
			{                                     | {}
			{"a":1} x                             | {"a":1}
			""")
	void isClosedWhereItCanBe(String cut, String closed) {
		assertThat(close(cut)).isEqualTo(closed);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "\"ab", "12" })
	void isNothingIfNothingHasBegun(String cut) {
		assertThat(JSON.readTree("[" + close(cut) + "]").path(0).isContainer()).isFalse();
	}

	@Test
	void isNothingIfItIsVeryDeep() {
		assertThat(close("[".repeat(1_000_000))).isEmpty();
		assertThat(close("[".repeat(400))).isEqualTo("[".repeat(400) + "]".repeat(400));
	}

	@Test
	void canBeReadWhereverItIsCut() {
		String whole = """
				{"id":"x","n":[1,2.5e3,true,null],"choices":[{"message":{"content":"Grüße, \\"漢字\\" \\ud83d\\ude00 😀 \\\\",
				"tool_calls":[{"function":{"arguments":"{\\"a\\":[1]}"}}]},"index":0}],"usage":{"total_tokens":3}}""";
		byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
		String longest = "";
		for (int length = 1; length <= bytes.length; length++) {
			byte[] closed = CutJson.close(Arrays.copyOf(bytes, length));
			JsonNode read = JSON.readTree(closed);
			assertThat(read.isObject()).isTrue();
			String content = read.path("choices").path(0).path("message").path("content").asString("");
			assertThat(content).startsWith(longest).doesNotContain("\uFFFD");
			longest = content;
		}
		assertThat(longest).isEqualTo("Grüße, \"漢字\" 😀 😀 \\");
		assertThat(CutJson.close(bytes)).isEqualTo(bytes);
	}

	private static String close(String json) {
		return new String(CutJson.close(json.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
	}

}
