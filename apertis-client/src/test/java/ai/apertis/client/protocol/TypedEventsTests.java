package ai.apertis.client.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for {@link ResponsesProtocol} and {@link MessagesProtocol}.
 */
class TypedEventsTests {

	private static final Path RECORDINGS = Path.of("..", "..", "shared", "wire");

	private static final ApiProtocol RESPONSES = ResponsesApi.request("m", true, new byte[0]).protocol();

	private static final ApiProtocol MESSAGES = MessagesApi.request("m", true, new byte[0]).protocol();

	static Stream<Recording> recordings() {
		return Stream.of("responses", "messages")
			.map(RECORDINGS::resolve)
			.filter(Files::isDirectory)
			.flatMap((folder) -> {
				List<Recording> all = new ArrayList<>();
				for (JsonNode stream : json(folder.resolve("index.json")).path("streams")) {
					all.add(new Recording(folder.resolve(stream.path("file").asString()), stream.path("expect")));
				}
				return all.stream();
			});
	}

	private static JsonNode json(Path file) {
		return JsonMapper.shared().readTree(file.toFile());
	}

	@Test
	void recordingsOfRealProvidersAreThere() {
		assumeTrue(Files.isDirectory(RECORDINGS),
				"Skipped: the recordings of real providers are not beside this clone");
		assertThat(recordings()).hasSizeGreaterThanOrEqualTo(50);
	}

	@Test
	void recordingsAreReadAsTheirIndexSays() {
		assertThat(recordings()).allSatisfy((recording) -> {
			assertMatches(recording, read(recording.protocol(), recording.bytes(), recording.bytes().length));
			assertMatches(recording, read(recording.protocol(), recording.bytes(), 1));
		});
	}

	private static void assertMatches(Recording recording, Read read) {
		JsonNode expect = recording.expect();
		assertThat(read.outcome().name().toLowerCase(Locale.ROOT)).isEqualTo(expect.path("outcome").asString());
		String finish = expect.path("finish").path("norm").asString(null);
		assertThat(read.summary().finishReasons())
			.isEqualTo((finish != null && read.outcome() == Outcome.COMPLETED) ? List.of(finish) : List.of());
		if (expect.path("error").isObject()) {
			assertThat(read.error()).contains(expect.path("error").path("message").asString().substring(0, 10));
		}
		JsonNode usage = expect.path("usage");
		JsonNode told = read.summary().usage();
		switch (expect.path("usage_state").asString()) {
			case "final" -> {
				assertThat(told).isNotNull();
				Usage counts = Usage.of(told);
				assertThat(counts.inputTokens()).isEqualTo(usage.path("input").asLong(0));
				assertThat(counts.outputTokens()).isEqualTo(usage.path("output").asLong(0));
				assertThat(counts.cachedInputTokens()).isEqualTo(usage.path("cached").asLong(0));
				assertThat(counts.cacheWriteInputTokens()).isEqualTo(usage.path("cache_write").asLong(0));
				assertThat(counts.reasoningOutputTokens()).isEqualTo(usage.path("reasoning").asLong(0));
			}
			case "partial" -> {
				assertThat(told).isNotNull();
				assertThat(Usage.of(told).inputTokens()).isEqualTo(usage.path("input").asLong(0));
				assertThat(read.summary().tokensSinceUsage()).isEqualTo(read.summary().tokens());
			}
			default -> assertThat(told).isNull();
		}
		JsonNode deltas = expect.path("delta_utf8_bytes");
		if (deltas.path("text").asInt() + deltas.path("reasoning").asInt() > 50) {
			assertThat(read.summary().tokens()).isPositive();
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			response.completed | completed | '' | COMPLETED | stop
			response.completed | incomplete | max_output_tokens | COMPLETED | length
			response.incomplete | incomplete | content_filter | COMPLETED | content_filter
			response.done | completed | '' | COMPLETED | stop
			response.cancelled | cancelled | '' | INTERRUPTED | ''
			""")
	void aResponseEndsAsItsStatusSays(String type, String status, String reason, Outcome outcome, String finish) {
		Read read = read(RESPONSES, "{\"type\":\"response.output_text.delta\",\"delta\":\"one\"}", "{\"type\":\"" + type
				+ "\",\"response\":{\"id\":\"r\",\"status\":\"" + status + "\",\"incomplete_details\":{\"reason\":\""
				+ reason
				+ "\"},\"output\":[{\"type\":\"message\"}],\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}}");
		assertThat(read.outcome()).isEqualTo(outcome);
		assertThat(read.summary().finishReasons()).isEqualTo(finish.isEmpty() ? List.of() : List.of(finish));
		assertThat(read.summary().id()).isEqualTo("r");
		assertThat(read.summary().usage()).isNotNull();
	}

	@Test
	void aDoneMarkerEndsNoResponse() {
		Read read = read(RESPONSES, "{\"type\":\"response.output_text.delta\",\"delta\":\"one\"}", "[DONE]");
		assertThat(read.outcome()).isEqualTo(Outcome.INTERRUPTED);
		assertThat(read(MESSAGES, "{\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}", "[DONE]").outcome())
			.isEqualTo(Outcome.INTERRUPTED);
	}

	@Test
	void theFirstErrorCounts() {
		Read read = read(RESPONSES, "{\"type\":\"response.output_text.delta\",\"delta\":\"one\"}",
				"{\"type\":\"error\",\"error\":{\"code\":\"first\",\"message\":\"the first\"}}",
				"{\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"second\",\"message\":\"x\"}}}");
		assertThat(read.outcome()).isEqualTo(Outcome.FAILED);
		assertThat(read.error()).contains("the first");
		assertThat(read.events()).isEqualTo(3);
	}

	@Test
	void allZeroForATextIsNotTold() {
		String end = "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":0,\"output_tokens\":0}}}";
		assertThat(
				read(RESPONSES, "{\"type\":\"response.output_text.delta\",\"delta\":\"one\"}", end).summary().usage())
			.isNull();
		assertThat(
				read(RESPONSES, "{\"type\":\"response.function_call_arguments.delta\",\"delta\":\"{}\"}", end).summary()
					.usage())
			.isNotNull();
	}

	@Test
	void countsOfAMessageReplaceEachOther() {
		Usage usage = usage(
				"{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":43,\"cache_read_input_tokens\":5,\"output_tokens\":7}}}",
				"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":61,\"output_tokens\":2}}",
				"{\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"input_tokens\":null,\"output_tokens\":9}}",
				"{\"type\":\"message_stop\"}");
		assertThat(usage.inputTokens()).isEqualTo(66);
		assertThat(usage.cachedInputTokens()).isEqualTo(5);
		assertThat(usage.outputTokens()).isEqualTo(9);
	}

	@Test
	void anotherMessageBeginsAnew() {
		Usage usage = usage("{\"type\":\"message_start\",\"message\":{\"id\":\"a\",\"usage\":{\"input_tokens\":1000}}}",
				"{\"type\":\"message_start\",\"message\":{\"id\":\"b\",\"usage\":{\"input_tokens\":5}}}",
				"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}",
				"{\"type\":\"message_stop\"}");
		assertThat(usage.inputTokens()).isEqualTo(5);
	}

	@Test
	void iterationsAreSummed() {
		Usage usage = usage("{\"type\":\"message_start\",\"message\":{\"id\":\"a\",\"usage\":{\"input_tokens\":1}}}",
				"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":1,\"output_tokens\":2,"
						+ "\"iterations\":[{\"input_tokens\":100,\"output_tokens\":10},{\"input_tokens\":1,\"cache_read_input_tokens\":50,\"output_tokens\":2}]}}",
				"{\"type\":\"message_stop\"}");
		assertThat(usage.inputTokens()).isEqualTo(151);
		assertThat(usage.outputTokens()).isEqualTo(12);
	}

	private static Usage usage(String... data) {
		JsonNode told = read(MESSAGES, data).summary().usage();
		assertThat(told).isNotNull();
		return Usage.of(told);
	}

	@Test
	void aTypeCountsThatStandsAnywhere() {
		for (String start : List.of("{\"response\":{\"status\":\"completed\"},\"type\":\"response.completed\"}",
				"{ \"type\" : \"response.completed\" , \"response\":{\"status\":\"completed\"}}",
				"{\"type\":\"response.com\\u0070leted\",\"response\":{\"status\":\"completed\"}}")) {
			assertThat(read(RESPONSES, start).outcome()).as(start).isEqualTo(Outcome.COMPLETED);
		}
		byte[] named = "event: message_stop\ndata: {}\n\n".getBytes(StandardCharsets.UTF_8);
		assertThat(read(MESSAGES, named, named.length).outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void aStopReasonIsEnoughAndAnErrorIsAnError() {
		String begun = "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"one\"}}";
		assertThat(
				read(MESSAGES, begun, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\"}}").summary()
					.finishReasons())
			.containsExactly("content_filter");
		Read failed = read(MESSAGES, begun,
				"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
		assertThat(failed.outcome()).isEqualTo(Outcome.FAILED);
		assertThat(failed.summary().tokens()).isEqualTo(1);
	}

	@Test
	void aTextIsFoundInAnyForm() {
		for (String delta : List.of("{\"type\":\"response.output_text.delta\",\"delta\":\"one two three\"}",
				"{\"type\":\"response.output_text.delta\", \"delta\": \"one two three\"}",
				"{\"type\":\"response.output_text.delta\",\"x\":\"\\\"delta\\\":\\\"\",\"delta\":\"one two three\"}")) {
			assertThat(read(RESPONSES, delta).summary().tokens()).as(delta).isEqualTo(3);
		}
	}

	@ParameterizedTest
	@MethodSource("wholes")
	void aWholeResponseIsReadToo(ApiProtocol protocol, String json, String finish) {
		StreamProtocol judged = protocol.start(1, StreamLimits.DEFAULTS);
		judged.observe(Event.of(json.getBytes(StandardCharsets.UTF_8)));
		assertThat(judged.outcome()).isEqualTo(Outcome.COMPLETED);
		assertThat(judged.summary().finishReasons()).containsExactly(finish);
		JsonNode usage = judged.summary().usage();
		assertThat(usage).isNotNull();
		assertThat(Usage.of(usage).totalTokens()).isEqualTo(12);
	}

	static Stream<Arguments> wholes() {
		return Stream.of(arguments(RESPONSES,
				"{\"id\":\"r\",\"object\":\"response\",\"error\":null,\"status\":\"completed\",\"output\":[{\"type\":\"function_call\",\"name\":\"f\"}],\"usage\":{\"input_tokens\":10,\"output_tokens\":2}}",
				"tool_calls"),
				arguments(MESSAGES,
						"{\"id\":\"m\",\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}],\"stop_reason\":\"max_tokens\",\"usage\":{\"input_tokens\":4,\"cache_read_input_tokens\":6,\"output_tokens\":2}}",
						"length"));
	}

	private static Read read(ApiProtocol protocol, String... data) {
		StringBuilder events = new StringBuilder();
		for (String line : data) {
			events.append("data: ").append(line).append("\n\n");
		}
		byte[] bytes = events.toString().getBytes(StandardCharsets.UTF_8);
		return read(protocol, bytes, bytes.length);
	}

	private static Read read(ApiProtocol protocol, byte[] bytes, int step) {
		StreamProtocol judge = protocol.start(1, StreamLimits.DEFAULTS);
		EventStream stream = new EventStream(StreamLimits.DEFAULTS, judge, UnaryOperator.identity(),
				StreamListener.NONE);
		int events = 0;
		for (int i = 0; i < bytes.length; i += step) {
			stream.append(DefaultDataBufferFactory.sharedInstance
				.wrap(Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + step))));
			while (stream.next() != null) {
				events++;
			}
		}
		stream.bodyEnded();
		stream.next();
		ApertisException failure = stream.failure();
		return new Read(stream.outcome(), judge.summary(), (failure != null) ? failure.getMessage() : null, events);
	}

	private record Read(@Nullable Outcome outcome, StreamSummary summary, @Nullable String error, int events) {
	}

	record Recording(Path file, JsonNode expect) {

		ApiProtocol protocol() {
			return this.expect.path("protocol").asString().equals("messages") ? MESSAGES : RESPONSES;
		}

		byte[] bytes() {
			try {
				return Files.readAllBytes(this.file);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		@Override
		public String toString() {
			return this.file.getFileName().toString();
		}

	}

}
