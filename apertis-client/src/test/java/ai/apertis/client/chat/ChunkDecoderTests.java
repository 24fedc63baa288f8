package ai.apertis.client.chat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ai.apertis.client.Tries;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A chunk that is compared must be what it is when it is parsed.
 */
class ChunkDecoderTests {

	private static final List<String> TEXTS = List.of("a", "\\", "\"", "\\\"", "\\n", "u0041", "ü", "{", "}", ":", ",",
			" ", "\\\\");

	/** The text that differs is {@code one}. */
	private static final List<String> CHUNKS = List.of(
			"""
					{"id":"c-1","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"one"},"finish_reason":null}]}""",
			"""
					{"choices":[{"delta":{"role":"assistant","content":"","reasoning_content":"one"},"index":1,"x":[1]}],"y":{}}""",
			"""
					{"choices":[{"delta":{"content":null,"reasoning":"one"}}]}""", """
					{"choices":[{"delta":{"thinking":"one"}}]}""", """
					{"choices":[{"delta":{"reasoning":"one","reasoning_content":"two"}}]}""", """
					{"choices":[{"delta":{"reasoning_content":"two","reasoning":"one"}}]}""", """
					{"choices":[{"delta":{"thinking":"one","reasoning_details":[{"text":"two"}]}}]}""", """
					{"choices":[{"delta":{"content":[{"type":"thinking","thinking":"t"}],"reasoning":"one"}}]}""",
			"""
					{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"i","function":{"name":"n","arguments":"one"}}]}}]}""",
			"""
					{"choices":[{"delta":{"function_call":{"name":"n","arguments":"one"}}}]}""",
			"""
					{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"one"}},{"function":{"arguments":"two"}}]}}]}""",
			"""
					{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"one"},"function":{"arguments":{}}}]}}]}""",
			"""
					{"choices":[{"delta":{"content":"one"}},{"delta":{"content":"two"}}]}""", """
					{"choices":[{"delta":{"content":"two"}},{"delta":{"content":"one"}}]}""", """
					{"choices":[{"delta":{"content":"one"},"delta":null}]}""", """
					{"choices":[{"delta":{"content":"two"},"message":{"content":"one"}}]}""", """
					{"choices":[{"message":{"content":"one"}}]}""", """
					{"choices":[{"delta":{"content":"one","content":null}}]}""", """
					{"choices":[{"delta":{"content":"two","content":"one"}}],"choices":[{"delta":{}}]}""", """
					{"choices":[{"delta":{"content":"one"}}],"choices":[{"finish_reason":"stop"}]}""", """
					{"id":"web-search","choices":[{"delta":{"content":"one"}}],"usage":{"prompt_tokens":1}}""");

	@ParameterizedTest
	@ValueSource(strings = { "two", "", "a \\\"quote\\\"", "\\u00e4\\n\\\\", "grüße, 世界", "\\\",\\\"error\\\":{}", " ",
			"a\ttab", "\n" })
	void takesAnyOtherText(String text) {
		for (String chunk : CHUNKS) {
			ChunkDecoder decoder = new ChunkDecoder();
			decode(decoder, chunk);
			String other = chunk.replace("one", text);
			assertThat(decode(decoder, other)).isEqualTo(parsed(other));
			assertThat(decode(decoder, chunk)).isEqualTo(parsed(chunk));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"", "\\", "\\x", "\\u12" })
	void refusesWhatIsNoText(String text) {
		for (String chunk : CHUNKS) {
			ChunkDecoder decoder = new ChunkDecoder();
			decode(decoder, chunk);
			assertThatExceptionOfType(JacksonException.class)
				.isThrownBy(() -> decode(decoder, chunk.replace("one", text)));
		}
	}

	/**
	 * The parser takes some malformed sequences for characters.
	 */
	@Test
	void readsBytesThatAreNoUtf8AsTheParserDoes() {
		for (String malformed : List.of("C080", "E080A2", "F5908080", "FF", "C3", "EDA080")) {
			byte[] bytes = CHUNKS.get(0)
				.replace("one", new String(HexFormat.of().parseHex(malformed), StandardCharsets.ISO_8859_1))
				.getBytes(StandardCharsets.ISO_8859_1);
			assertSame(CHUNKS.get(0), bytes);
		}
	}

	@Test
	void seesWhatElseIsDifferent() {
		ChunkDecoder decoder = new ChunkDecoder();
		String chunk = CHUNKS.get(0);
		assertThat(decode(decoder, chunk).content()).isEqualTo("one");
		assertThat(decode(decoder, chunk.replace("one", "two")).content()).isEqualTo("two");
		ChatCompletionChunk last = decode(decoder,
				chunk.replace("one", "\",\"refusal\":\"three").replace("null", "\"stop\""));
		assertThat(last.content()).isEmpty();
		assertThat(last.choices().get(0).delta().refusal()).isEqualTo("three");
		assertThat(last.choices().get(0).finishReason()).isEqualTo(FinishReason.STOP);
	}

	/**
	 * What is the same is the very same object, which no parser would make.
	 */
	@Test
	void doesNotParseWhatDiffersInNothingButItsText() {
		for (String chunk : List.of(CHUNKS.get(0), CHUNKS.get(0).replace("content", "reasoning_content"), CHUNKS.get(0)
			.replace("\"content\":\"one\"", "\"tool_calls\":[{\"function\":{\"arguments\":\"one\"}}]"))) {
			ChunkDecoder decoder = new ChunkDecoder();
			ChatCompletionChunk first = decode(decoder, chunk);
			assertThat(decode(decoder, chunk.replace("one", "two")).id()).isSameAs(first.id());
			assertThat(decode(decoder, chunk.replace("one", "\\n")).id()).isSameAs(first.id());
			assertThat(decode(decoder, chunk.replace("\"m\"", "\"n\"")).id()).isNotSameAs(first.id());
		}
	}

	/**
	 * The shape of a chunk is found at any place of an array that holds others.
	 */
	@Test
	void readsFromAnyPlace() {
		ChunkDecoder decoder = new ChunkDecoder();
		String chunk = CHUNKS.get(0);
		byte[] all = (chunk + chunk.replace("one", "three") + chunk.replace("one", "\\\""))
			.getBytes(StandardCharsets.UTF_8);
		int length = chunk.length();
		assertThat(decoder.decode(all, 0, length).content()).isEqualTo("one");
		assertThat(decoder.decode(all, length, 2 * length + 2).content()).isEqualTo("three");
		assertThat(decoder.decode(all, 2 * length + 2, all.length).content()).isEqualTo("\"");
	}

	/**
	 * Whatever a chunk is made into, by a change of some of its bytes, it is the same
	 * behind its original as alone.
	 */
	@Test
	void decodesAsIfParsed() {
		Tries.of(5_000, (random) -> {
			String chunk = CHUNKS.get(random.nextInt(CHUNKS.size()));
			assertSame(chunk, Tries.changed(chunk.getBytes(StandardCharsets.UTF_8), random));
		});
	}

	/**
	 * The same for any other text in the place of the one that differs.
	 */
	@Test
	void decodesAnyTextAsIfParsed() {
		Tries.of(2_000, (random) -> {
			String text = Stream.generate(() -> TEXTS.get(random.nextInt(TEXTS.size())))
				.limit(random.nextInt(9))
				.collect(Collectors.joining());
			String chunk = CHUNKS.get(random.nextInt(CHUNKS.size()));
			assertSame(chunk, chunk.replace("one", text).getBytes(StandardCharsets.UTF_8));
		});
	}

	private static void assertSame(String chunk, byte[] changed) {
		ChunkDecoder decoder = new ChunkDecoder();
		decode(decoder, chunk);
		ChatCompletionChunk alone;
		try {
			alone = ChunkReader.read(changed);
		}
		catch (JacksonException ex) {
			assertThatExceptionOfType(JacksonException.class)
				.isThrownBy(() -> decoder.decode(changed, 0, changed.length));
			return;
		}
		assertThat(decoder.decode(changed, 0, changed.length)).isEqualTo(alone);
	}

	private static ChatCompletionChunk decode(ChunkDecoder decoder, String chunk) {
		byte[] bytes = chunk.getBytes(StandardCharsets.UTF_8);
		return decoder.decode(bytes, 0, bytes.length);
	}

	private static ChatCompletionChunk parsed(String chunk) {
		return ChunkReader.read(chunk);
	}

}
