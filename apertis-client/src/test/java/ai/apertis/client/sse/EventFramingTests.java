package ai.apertis.client.sse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.client.error.EventTooLargeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * The rules of the WHATWG standard, section "Interpreting an event stream".
 */
class EventFramingTests {

	private static final int LIMIT = 1024;

	/**
	 * Wire text, and the events it is cut into: type, then data.
	 */
	static Stream<Arguments> streams() {
		return Stream.of(arguments("", List.of()), arguments("\n\n\n", List.of()),
				arguments("data: a\n\ndata: b\n\n", List.of("message|a", "message|b")),
				arguments("data: a\r\n\r\ndata: b\r\n\r\n", List.of("message|a", "message|b")),
				arguments("data: a\r\rdata: b\r\r", List.of("message|a", "message|b")),
				arguments("data: a\r\n\ndata: b\n\r\n", List.of("message|a", "message|b")),
				arguments("\uFEFFdata: a\n\n", List.of("message|a")),
				arguments("data: \uFEFFa\n\n\uFEFFdata: b\n\n", List.of("message|\uFEFFa", "message|none")),
				arguments("data:a\n\ndata:  b\n\n", List.of("message|a", "message| b")),
				arguments("data\n\ndata:\n\n", List.of("message|", "message|")),
				arguments("data: a\ndata: b\ndata\ndata: c\n\n", List.of("message|a\nb\n\nc")),
				arguments(": comment\n\n:\n\ndata: a\n: inside\n\n", List.of("message|a")),
				arguments("event: error\ndata: a\n\ndata: b\n\n", List.of("error|a", "message|b")),
				arguments("event: x\nevent:\ndata: a\n\n", List.of("message|a")),
				arguments("id: 1\nretry: soon\nDATA: A\nunknown: x\ndata: a\n\n", List.of("message|a")),
				arguments("error: {}\n\n", List.of("message|none")),
				arguments("data: a\n\ndata: unterminated", List.of("message|a")),
				arguments("data: a\n\ndata: unterminated\n", List.of("message|a")),
				arguments("data: ä€😀\n\n", List.of("message|ä€😀")),
				arguments("data: a\u2028b\u0085c\n\n", List.of("message|a\u2028b\u0085c")));
	}

	@ParameterizedTest
	@MethodSource("streams")
	void cutsBytesIntoEventsHoweverTheyAreSplit(String wire, List<String> expected) {
		byte[] bytes = wire.getBytes(StandardCharsets.UTF_8);
		assertThat(events(split(bytes, bytes.length))).isEqualTo(expected);
		assertThat(events(split(bytes, 1))).isEqualTo(expected);
		for (int at = 1; at < bytes.length; at++) {
			assertThat(events(List.of(slice(bytes, 0, at), slice(bytes, at, bytes.length)))).isEqualTo(expected);
		}
	}

	@Test
	void handsOutTheBytesOfEachEvent() {
		String wire = "id: 1\ndata: a\r\n\r\n: dropped\n\nevent: x\n: kept\ndata: b\n\n";
		EventFraming framing = new EventFraming(LIMIT);
		framing.append(buffer(wire.getBytes(StandardCharsets.UTF_8)));
		assertThat(framing.next()).extracting(Event::blockText).isEqualTo("id: 1\ndata: a\r\n\r\n");
		assertThat(framing.next()).extracting(Event::blockText).isEqualTo("event: x\n: kept\ndata: b\n\n");
		assertThat(framing.next()).isNull();
	}

	@Test
	void loosesNoByteBetweenEvents() {
		byte[] bytes = "data: a\r\n\r\ndata: b\r\n\r\ndata: c\r\n\r\n".getBytes(StandardCharsets.UTF_8);
		StringBuilder blocks = new StringBuilder();
		EventFraming framing = new EventFraming(LIMIT);
		for (byte[] part : split(bytes, 1)) {
			framing.append(buffer(part));
			for (Event event = framing.next(); event != null; event = framing.next()) {
				blocks.append(event.blockText());
			}
		}
		assertThat(blocks + "\n").isEqualTo(new String(bytes, StandardCharsets.UTF_8));
	}

	@Test
	void keepsEventsIntactWhileMoreBytesCome() {
		EventFraming framing = new EventFraming(LIMIT);
		framing.append(buffer("data: first\n\ndata: sec".getBytes(StandardCharsets.UTF_8)));
		Event first = framing.next();
		framing.append(buffer("ond\n\n".getBytes(StandardCharsets.UTF_8)));
		Event second = framing.next();
		assertThat(first).extracting(Event::dataText).isEqualTo("first");
		assertThat(second).extracting(Event::dataText).isEqualTo("second");
	}

	@Test
	void replacesBytesThatAreNoUtf8() {
		assertThat(events(List.of(new byte[] { 'd', 'a', 't', 'a', ':', (byte) 0xC3, '\n', '\n' })))
			.containsExactly("message|\uFFFD");
	}

	@Test
	void acceptsAnEventOfTheLimitHoweverItIsSplit() {
		byte[] bytes = ("data: " + "x".repeat(LIMIT - 8) + "\n\n").getBytes(StandardCharsets.UTF_8);
		assertThat(bytes).hasSize(LIMIT);
		assertThat(events(split(bytes, LIMIT))).hasSize(1);
		assertThat(events(split(bytes, 1))).hasSize(1);
	}

	@Test
	void refusesAnEventBeyondTheLimitHoweverItIsSplit() {
		byte[] bytes = ("data: " + "x".repeat(LIMIT - 7) + "\n\n").getBytes(StandardCharsets.UTF_8);
		for (int size : new int[] { 1, 100, LIMIT + 1 }) {
			assertThatExceptionOfType(EventTooLargeException.class).isThrownBy(() -> events(split(bytes, size)))
				.satisfies((ex) -> assertThat(ex.maxEventSize()).isEqualTo(LIMIT))
				.withMessageContaining("maxEventSize");
		}
	}

	@Test
	void refusesACommentBeyondTheLimitHoweverItIsSplit() {
		byte[] bytes = (":" + "x".repeat(LIMIT) + "\n").getBytes(StandardCharsets.UTF_8);
		for (int size : new int[] { 1, 100, LIMIT, LIMIT + 2 }) {
			assertThatExceptionOfType(EventTooLargeException.class).isThrownBy(() -> events(split(bytes, size)));
		}
	}

	@Test
	void doesNotCountCommentsForTheSizeOfAnEvent() {
		byte[] bytes = (": " + "x".repeat(100) + "\n").repeat(100).getBytes(StandardCharsets.UTF_8);
		assertThat(events(split(bytes, 7))).isEmpty();
	}

	private static List<String> events(List<byte[]> parts) {
		EventFraming framing = new EventFraming(LIMIT);
		List<String> events = new ArrayList<>();
		for (byte[] part : parts) {
			framing.append(buffer(part));
			for (Event event = framing.next(); event != null; event = framing.next()) {
				events.add(event.type() + "|" + (event.hasData() ? event.dataText() : "none"));
			}
		}
		return events;
	}

	private static List<byte[]> split(byte[] bytes, int size) {
		List<byte[]> parts = new ArrayList<>();
		for (int start = 0; start < bytes.length; start += size) {
			parts.add(slice(bytes, start, Math.min(bytes.length, start + size)));
		}
		return parts;
	}

	private static byte[] slice(byte[] bytes, int start, int end) {
		return java.util.Arrays.copyOfRange(bytes, start, end);
	}

	private static DataBuffer buffer(byte[] bytes) {
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
	}

}
