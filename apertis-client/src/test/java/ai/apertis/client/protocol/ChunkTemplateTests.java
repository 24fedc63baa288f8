package ai.apertis.client.protocol;

import java.nio.charset.StandardCharsets;

import ai.apertis.client.Tries;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.wire.FinishReasons;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A chunk that is compared must mean what it means when it is parsed.
 */
class ChunkTemplateTests {

	private static final String CHUNK = """
			{"id":"c-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,\
			"delta":{"content":"one"},"finish_reason":null}],"usage":null,"obfuscation":"x1"}""";

	@ParameterizedTest
	@ValueSource(strings = { "two", "", "a \\\"quote\\\"", "\\u00e4\\n\\\\", "grüße, 世界", "\\\",\\\"error\\\":{}" })
	void takesOtherTextForTheSame(String text) {
		ChunkTemplate template = ChunkTemplate.of(event(CHUNK),
				new int[] { CHUNK.indexOf("\"one\""), CHUNK.indexOf("\"x1\"") }, new boolean[] { true, false }, 2);
		assertThat(template).isNotNull();
		assertThat(template.matches(event(CHUNK.replace("one", text).replace("x1", text)))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\",\"error\":{\"message\":\"m\"},\"a\":\"", "\"", "\\", "\\x", "\\u12", "\n", "\u0000" })
	void parsesWhateverElseIsDifferent(String text) {
		ChunkTemplate template = ChunkTemplate.of(event(CHUNK), new int[] { CHUNK.indexOf("\"one\"") },
				new boolean[] { true }, 1);
		assertThat(template).isNotNull();
		assertThat(template.matches(event(CHUNK.replace("one", text)))).isFalse();
		assertThat(template.matches(event(CHUNK.replace("c-1", "c-2")))).isFalse();
		assertThat(template.matches(event(CHUNK + " "))).isFalse();
		assertThat(template.matches(event(CHUNK.substring(0, CHUNK.length() - 1)))).isFalse();
	}

	@Test
	void seesWhatIsTheOnlyThingThatDiffers() {
		ChatCompletionsProtocol protocol = new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS);
		assertThat(protocol.observe(event(CHUNK))).isEqualTo(EventKind.CHUNK);
		assertThat(protocol.observe(event(CHUNK.replace("one", "two")))).isEqualTo(EventKind.CHUNK);
		assertThat(protocol.observe(event(CHUNK.replace("\"finish_reason\":null", "\"finish_reason\":\"stop\""))))
			.isEqualTo(EventKind.CHUNK);
		assertThat(protocol.isWhole()).isTrue();
		assertThat(protocol.summary().finishReasons()).containsExactly("stop");
		assertThat(protocol.summary().chunks()).isEqualTo(3);
		assertThat(protocol.observe(event(CHUNK.replace("\"usage\":null", "\"usage\":{\"prompt_tokens\":1}"))))
			.isEqualTo(EventKind.CHUNK);
		assertThat(protocol.summary().usage()).isNotNull();
		assertThat(protocol.observe(event(CHUNK.replace("\"usage\"", "\"error\":{\"message\":\"m\"},\"usage\""))))
			.isEqualTo(EventKind.ERROR);
	}

	/**
	 * Whatever an event is made into, by a change of some of its bytes, it is judged the
	 * same behind its original as alone.
	 */
	@Test
	void judgesAsIfParsed() {
		Tries.of(3_000, (random) -> {
			byte[] changed = Tries.changed(CHUNK.getBytes(StandardCharsets.UTF_8), random);
			ChatCompletionsProtocol compared = new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS);
			compared.observe(event(CHUNK));
			assertThat(meaning(compared, changed))
				.isEqualTo(meaning(new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS), changed));
		});
	}

	private static String meaning(ChatCompletionsProtocol protocol, byte[] data) {
		try {
			EventKind meaning = protocol.observe(Event.of(data));
			return meaning + ", " + protocol.outcome() + ", " + protocol.summary().finishReasons() + ", "
					+ protocol.summary().usage();
		}
		catch (JacksonException ex) {
			return "unreadable";
		}
	}

	private static Event event(String data) {
		return Event.of(data.getBytes(StandardCharsets.UTF_8));
	}

}
