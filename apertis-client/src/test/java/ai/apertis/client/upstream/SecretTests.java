package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Secret}.
 */
class SecretTests {

	private static final String KEY = "sk-secret/0123456789_abcdef";

	private final Secret secret = new Secret(KEY);

	static Stream<String> texts() {
		byte[] bytes = KEY.getBytes(StandardCharsets.US_ASCII);
		return Stream.concat(Stream.of("", "x", "Bearer ", "user:", "Authorization: Bearer ")
			.map((before) -> (before + KEY + " and more").getBytes(StandardCharsets.US_ASCII))
			.flatMap((text) -> Stream
				.of(Base64.getEncoder(), Base64.getUrlEncoder(), Base64.getEncoder().withoutPadding())
				.map((encoder) -> encoder.encodeToString(text))),
				Stream.of(KEY, "x" + KEY + "y" + KEY, HexFormat.of().formatHex(bytes),
						HexFormat.of().withUpperCase().formatHex(bytes), KEY.replace("/", "\\/"),
						KEY.replace("/", "%2F"), KEY.replace("/", "%2f").replace("s", "%73"),
						KEY.chars()
							.mapToObj((character) -> String.format("\\u%04x", character))
							.collect(Collectors.joining()),
						KEY.replace("c", "\\u0063").replace("e", "\\u0065"),
						KEY.chars()
							.mapToObj((character) -> String.format("%%%02X", character))
							.collect(Collectors.joining())));
	}

	@ParameterizedTest
	@MethodSource("texts")
	void takesItOutInEachForm(String text) {
		String redacted = this.secret.redact("The key \"" + text + "\" is not valid");
		assertThat(redacted).startsWith("The key \"").endsWith("\" is not valid").contains("[redacted]");
		assertThat(redacted).doesNotContain("secret").doesNotContain("0123456789");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "sk-secret", "50 % of \\u0073 and \\n, %zz, %7", "\\", "\\u00", "%",
			"c2stc2VjcmV0LzAxMjM0NTY3ODlf" })
	void leavesOtherTextAsItIs(String text) {
		assertThat(this.secret.redact(text)).isEqualTo(text);
	}

	@Test
	void leavesJsonJson() {
		String json = JsonMapper.shared()
			.writeValueAsString(Map.of("a", "quote \" \\ line\n" + KEY, "b", "ü€\u0000%22"));
		String redacted = this.secret.redact(json.replace("k", "\\u006b"));
		assertThat(JsonMapper.shared().readTree(redacted).path("a").asString())
			.isEqualTo("quote \" \\ line\n[redacted]");
		assertThat(JsonMapper.shared().readTree(redacted).path("b").asString()).isEqualTo("ü€\u0000%22");
	}

	@Test
	void neverTellsItself() {
		assertThat(this.secret).hasToString("[redacted]");
	}

}
