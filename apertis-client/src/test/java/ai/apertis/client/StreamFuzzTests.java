package ai.apertis.client;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.EventFraming;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.test.WireStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Framing, verdict and chunks against bytes of any kind: real streams, real streams that
 * were damaged, sentences of the protocol's words in any order, and noise. Runs briefly
 * in the build, and for as long as one likes by hand:
 *
 * <pre class="code">
 * ./mvnw -pl apertis-client -am test -Dtest=StreamFuzzTests -Dsurefire.failIfNoSpecifiedTests=false -Dapertis.test.tries=1000000
 * </pre>
 */
class StreamFuzzTests {

	private static final int TRIES = 400;

	private static final int MAX_EVENT_SIZE = 2048;

	private static final List<WireStream> STREAMS = WireStream.bundled();

	private static final StreamLimits LIMITED = new StreamLimits(StreamLimits.DEFAULTS.firstChunkTimeout(),
			StreamLimits.DEFAULTS.idleTimeout(), null, null, MAX_EVENT_SIZE, true);

	private static final ChatJson JSON = new ChatJson(JsonMapper.shared());

	private static final List<String> WORDS = List.of("data: ", "data:", "data", "event: ", "event:error\n", "error: ",
			"id: 1\n", "retry: x\n", ": comment\n", ":\n", "\n", "\n\n", "\r\n\r\n", "\r\r", "\r", "\r\n", "\uFEFF",
			"[DONE]", "data: [DONE]\n\n", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "null", "true",
			"0", "-1", "1e999", "99999999999999999999", "\"choices\":", "\"delta\":", "\"content\":", "\"a\"", "\"\"",
			"\"finish_reason\":", "\"stop\"", "\"error\"", "\"error\":", "\"message\":", "\"usage\":",
			"\"prompt_tokens\":", "\"tool_calls\":", "\"index\":", "\"function\":", "\"arguments\":", "\"logprobs\":",
			"\"audio\":", "\"annotations\":", "\"reasoning_details\":", "ä", "\uD83D\uDE00",
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n",
			"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
			"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\r\n\r\n",
			"data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"two lines\"}}]}\n\n",
			"data: {\"error\":{\"message\":\"Oops\",\"type\":\"server_error\"}}\n\n", "event: error\ndata: plain\n\n",
			"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":"
					+ "{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n\n",
			"x".repeat(300), "data: " + "y".repeat(3000) + "\n\n", "[".repeat(600), "{\"a\":".repeat(400));

	@Test
	void anySplitGivesTheSameEventsAndTheSameEnd() {
		Tries.of(TRIES, (random) -> {
			byte[] wire = wire(random);
			Reading whole = read(List.of(wire));
			assertThat(read(split(wire, random))).isEqualTo(whole);
		});
	}

	@Test
	void theSplitIntoSingleBytesGivesTheSameEventsOfEveryRecordedStream() {
		assertThat(STREAMS).isNotEmpty().allSatisfy((stream) -> {
			List<byte[]> single = new ArrayList<>();
			for (byte b : stream.bytes()) {
				single.add(new byte[] { b });
			}
			assertThat(read(single)).isEqualTo(read(List.of(stream.bytes())));
		});
	}

	@Test
	void anyBytesEndInAnOutcome() {
		Tries.of(TRIES, (random) -> {
			Reading reading = read(split(wire(random), random));
			assertThat(reading.outcome()).isNotNull().isNotEqualTo(Outcome.CANCELLED);
			assertThat(reading.failure() == null).isEqualTo(reading.outcome() == Outcome.COMPLETED);
		});
	}

	@Test
	void anyBytesEndInAnOutcomeForTheTypedClient() {
		Tries.of(TRIES, StreamFuzzTests::readTyped);
	}

	private static void readTyped(Random random) {
		List<Outcome> told = new ArrayList<>();
		EventStream events = new EventStream(LIMITED, new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS),
				(text) -> text, new StreamListener() {

					@Override
					public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
						told.add(outcome);
					}

				});
		ChunkCollector chunks = new ChunkCollector(JSON);
		StringBuilder content = new StringBuilder();
		for (byte[] part : split(wire(random), random)) {
			events.append(buffer(part));
			take(chunks, events, content);
		}
		events.bodyEnded();
		take(chunks, events, content);
		assertThat(told).containsExactly(events.outcome());
		ChatCompletion completion = chunks.completion();
		assertThat(completion.toMessage()).isNotNull();
		assertThat(firstChoice(completion)).isEqualTo(content.toString());
	}

	private static void take(ChunkCollector chunks, EventStream events, StringBuilder content) {
		for (ChatCompletionChunk chunk = chunks.next(events); chunk != null; chunk = chunks.next(events)) {
			if (!chunk.isNotice()) {
				chunk.choices()
					.stream()
					.filter((choice) -> choice.index() == 0)
					.forEach((choice) -> content.append(choice.delta().content()));
			}
		}
	}

	private static String firstChoice(ChatCompletion completion) {
		return completion.choices()
			.stream()
			.filter((choice) -> choice.index() == 0)
			.map(ChatCompletion.Choice::content)
			.findFirst()
			.orElse("");
	}

	/**
	 * No more is held than twice the largest event that may be, and the last buffers.
	 */
	@Test
	void nothingIsHeldBeyondTheLimit() throws ReflectiveOperationException {
		Field bytes = EventFraming.class.getDeclaredField("bytes");
		bytes.setAccessible(true);
		Tries.of(TRIES, (random) -> frame(random, bytes));
	}

	private static void frame(Random random, Field bytes) {
		EventFraming framing = new EventFraming(MAX_EVENT_SIZE);
		int largest = 0;
		try {
			for (byte[] part : split(wire(random), random)) {
				largest = Math.max(largest, part.length);
				framing.append(buffer(part));
				Event event = framing.next();
				while (event != null) {
					event = framing.next();
				}
				assertThat(((byte[]) ReflectionUtils.getField(bytes, framing)).length)
					.isLessThanOrEqualTo(2 * (MAX_EVENT_SIZE + largest + 2));
			}
		}
		catch (ApertisException ex) {
			assertThat(ex).hasMessageContaining(String.valueOf(MAX_EVENT_SIZE));
		}
	}

	private static byte[] wire(Random random) {
		return switch (random.nextInt(3)) {
			case 0 -> damage(STREAMS.get(random.nextInt(STREAMS.size())).bytes(), random);
			case 1 -> sentence(random);
			default -> noise(random);
		};
	}

	private static byte[] noise(Random random) {
		byte[] noise = new byte[random.nextInt(501)];
		random.nextBytes(noise);
		return noise;
	}

	private static byte[] damage(byte[] bytes, Random random) {
		byte[] copy = bytes.clone();
		for (int i = random.nextInt(4); i > 0 && copy.length > 0; i--) {
			copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
		}
		if (random.nextInt(3) == 0) {
			copy = Arrays.copyOf(copy, random.nextInt(copy.length + 1));
		}
		if (random.nextInt(4) == 0) {
			int at = random.nextInt(copy.length + 1);
			ByteArrayOutputStream inserted = new ByteArrayOutputStream();
			inserted.write(copy, 0, at);
			inserted.writeBytes(WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8));
			inserted.write(copy, at, copy.length - at);
			copy = inserted.toByteArray();
		}
		return copy;
	}

	private static byte[] sentence(Random random) {
		return Stream.generate(() -> WORDS.get(random.nextInt(WORDS.size())))
			.limit(random.nextInt(41))
			.collect(Collectors.joining())
			.getBytes(StandardCharsets.UTF_8);
	}

	private static List<byte[]> split(byte[] wire, Random random) {
		List<byte[]> parts = new ArrayList<>();
		int most = 1 + random.nextInt(64);
		int at = 0;
		while (at < wire.length) {
			int next = Math.min(wire.length, at + random.nextInt(most + 1));
			parts.add(Arrays.copyOfRange(wire, at, next));
			at = next;
		}
		return parts;
	}

	private static Reading read(List<byte[]> parts) {
		EventStream events = new EventStream(LIMITED, new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS),
				(text) -> text, StreamListener.NONE);
		List<String> received = new ArrayList<>();
		for (byte[] part : parts) {
			events.append(buffer(part));
			drain(events, received);
		}
		events.bodyEnded();
		drain(events, received);
		ApertisException failure = events.failure();
		return new Reading(received, events.outcome(),
				(failure != null) ? failure.getClass().getSimpleName() + ": " + failure.getMessage() : null,
				String.valueOf(events.summary().usage()));
	}

	private static void drain(EventStream events, List<String> received) {
		for (Event event = events.next(); event != null; event = events.next()) {
			received.add(event.type() + "|" + events.meaning() + "|" + event.dataText());
		}
	}

	private static DataBuffer buffer(byte[] bytes) {
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes.clone());
	}

	private record Reading(List<String> events, @Nullable Outcome outcome, @Nullable String failure, String usage) {
	}

}
