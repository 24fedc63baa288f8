package ai.apertis.client.protocol;

import java.nio.charset.StandardCharsets;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.EventFraming;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.wire.FinishReasons;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.core.JacksonException;

import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What single events mean, and how they decide about a stream.
 */
class ChatCompletionsProtocolTests {

	private final ChatCompletionsProtocol protocol = new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS);

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"choices":[{"delta":{"content":"a"}}]}                                          | CHUNK
			{"choices":[{"delta":{"content":"{\\"error\\":{\\"message\\":\\"no\\"}}"}}]}     | CHUNK
			{"choices":[{"delta":{"content":"[DONE]"}}]}                                     | CHUNK
			{"choices":[],"usage":{"prompt_tokens":1}}                                       | USAGE
			{"usage":{"prompt_tokens":1}}                                                    | USAGE
			{"choices":null,"usage":{"prompt_tokens":1}}                                     | USAGE
			{"choices":[],"usage":null}                                                      | CHUNK
			{"choices":[],"usage":{}}                                                        | CHUNK
			{"choices":[{}],"usage":{"prompt_tokens":1}}                                     | CHUNK
			{"choices":"odd","x":[1,{"choices":[]}]}                                         | CHUNK
			{}                                                                               | CHUNK
			[DONE]                                                                           | DONE
			'  [DONE]  '                                                                     | DONE
			: keepalive                                                                      | NOTHING
			'   '                                                                            | NOTHING
			{"error":{"message":"a"}}                                                        | ERROR
			{"error":{"code":502}}                                                           | ERROR
			{"error":{"type":"x"}}                                                           | ERROR
			{"error":"a"}                                                                    | ERROR
			{"error":{"message":"","type":"","param":"","code":null}}                        | CHUNK
			{"error":null}                                                                   | CHUNK
			{"error":false}                                                                  | CHUNK
			{"error":[]}                                                                     | CHUNK
			{"object":"error","message":"a"}                                                 | ERROR
			{"type":"error","error":{"type":"overloaded_error","message":"a"}}               | ERROR
			{"code":500,"message":"a"}                                                       | ERROR
			{"code":500,"message":"a","choices":[]}                                          | CHUNK
			{"choices":[{"error":{"code":502,"message":"a"}}]}                               | ERROR
			{"choices":[{"finish_reason":"error"}]}                                          | ERROR
			""")
	void tellsWhatAnEventMeans(String data, EventKind meaning) {
		assertThat(observe("data: " + data + "\n\n")).isEqualTo(meaning);
		assertThat(this.protocol.error() != null).isEqualTo(meaning == EventKind.ERROR);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			not json
			[]
			"text"
			7
			{"choices":
			{"choices":[]} trailing
			""")
	void refusesAnEventThatIsNoJsonObject(String data) {
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> observe("data: " + data + "\n\n"));
	}

	@Test
	void readsAnErrorInPlainText() {
		assertThat(observe("event: error\ndata: upstream timed out\n\n")).isEqualTo(EventKind.ERROR);
		assertThat(this.protocol.error()).extracting("message").isEqualTo("upstream timed out");
		assertThat(this.protocol.isErrorConventional()).isFalse();
	}

	@Test
	void readsAFieldNamedError() {
		assertThat(observe("error: {\"error\":{\"message\":\"failed to decode\"}}\n\n")).isEqualTo(EventKind.ERROR);
		assertThat(this.protocol.error()).extracting("message").isEqualTo("failed to decode");
	}

	@Test
	void readsJsonWithBytesThatAreNoUtf8() {
		byte[] wire = "data: {\"error\":{\"message\":\"m?\"}}\n\n".getBytes(StandardCharsets.ISO_8859_1);
		wire[wire.length - 6] = (byte) 0xFF;
		assertThat(observe(wire)).isEqualTo(EventKind.ERROR);
		assertThat(this.protocol.error()).extracting("message").isEqualTo("m\uFFFD");
	}

	@Test
	void isInterruptedUntilEveryChoiceHasItsFinishReason() {
		observe("data: {\"choices\":[{\"index\":0},{\"index\":1}]}\n\n");
		assertThat(this.protocol.outcome()).isEqualTo(Outcome.INTERRUPTED);
		observe("data: {\"choices\":[{\"index\":1,\"finish_reason\":\"stop\"}]}\n\n");
		assertThat(this.protocol.outcome()).isEqualTo(Outcome.INTERRUPTED);
		observe("data: {\"choices\":[{\"index\":0,\"finish_reason\":\"length\"}]}\n\n");
		assertThat(this.protocol.outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void isInterruptedWhileAChoiceThatWasAskedForIsMissing() {
		ChatCompletionsProtocol two = new ChatCompletionsProtocol(2, true, FinishReasons.DEFAULTS);
		two.observe(wire("{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}"));
		assertThat(two.isWhole()).isFalse();
		assertThat(two.outcome()).isEqualTo(Outcome.INTERRUPTED);
		two.observe(wire("{\"choices\":[{\"index\":1,\"finish_reason\":\"stop\"}]}"));
		assertThat(two.isWhole()).isTrue();
	}

	@Test
	void forgetsAnEmptyErrorObjectWhenAnErrorOfAnotherShapeComes() {
		observe("data: {\"choices\":[],\"error\":{}}\n\n");
		observe("data: {\"choices\":[{\"finish_reason\":\"error\"}]}\n\n");
		assertThat(this.protocol.error()).isNotNull();
		assertThat(this.protocol.isErrorConventional()).isFalse();
	}

	@Test
	void takesANumberThatIsNoneForAbsent() {
		observe("data: {\"choices\":[{\"index\":1e999,\"finish_reason\":\"stop\"}],\"created\":1e20}\n\n");
		assertThat(this.protocol.isWhole()).isTrue();
	}

	private static Event wire(String json) {
		return event(("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8));
	}

	@Test
	void staysCompleteWhenAFinishReasonIsRepeatedOrFollowed() {
		observe("data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\n");
		observe("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":null}]}\n\n");
		assertThat(this.protocol.outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void takesAnEmptyFinishReasonForNone() {
		observe("data: {\"choices\":[{\"index\":0,\"finish_reason\":\"\"}]}\n\n");
		assertThat(this.protocol.outcome()).isEqualTo(Outcome.INTERRUPTED);
	}

	@Test
	void doesNotTrustADoneMarkerWithoutFinishReason() {
		observe("data: {\"choices\":[{\"index\":0}]}\n\n");
		observe("data: [DONE]\n\n");
		assertThat(this.protocol.outcome()).isEqualTo(Outcome.INTERRUPTED);
	}

	@Test
	void trustsADoneMarkerWhenNoFinishReasonIsRequired() {
		ChatCompletionsProtocol lenient = new ChatCompletionsProtocol(1, false, FinishReasons.DEFAULTS);
		lenient.observe(event("data: {\"choices\":[{\"index\":0}]}\n\n".getBytes(StandardCharsets.UTF_8)));
		assertThat(lenient.outcome()).isEqualTo(Outcome.INTERRUPTED);
		lenient.observe(event("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8)));
		assertThat(lenient.outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void isFailedByAnErrorAfterTheFinishReason() {
		observe("data: {\"choices\":[{\"index\":0,\"finish_reason\":\"length\"}]}\n\n");
		observe("data: {\"choices\":[],\"error\":{\"code\":400,\"message\":\"Token limit reached\"}}\n\n");
		assertThat(this.protocol.outcome()).isEqualTo(Outcome.FAILED);
	}

	@Test
	void keepsTheLastUsageThatIsNotEmpty() {
		observe("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n");
		observe("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2}}\n\n");
		observe("data: {\"choices\":[],\"usage\":null}\n\n");
		observe("data: {\"choices\":[],\"usage\":{}}\n\n");
		assertThat(this.protocol.summary().usage()).hasToString("{\"prompt_tokens\":2}");
	}

	@Test
	void findsUsageInThePlacesWhereSomeProvidersPutIt() {
		observe("data: {\"choices\":[{\"usage\":{\"prompt_tokens\":1}}]}\n\n");
		assertThat(this.protocol.summary().usage()).hasToString("{\"prompt_tokens\":1}");
		observe("data: {\"choices\":[],\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":2}}}\n\n");
		assertThat(this.protocol.summary().usage()).hasToString("{\"prompt_tokens\":2}");
		observe("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n");
		observe("data: {\"choices\":[],\"x_groq\":{\"usage\":{\"prompt_tokens\":4}}}\n\n");
		assertThat(this.protocol.summary().usage()).hasToString("{\"prompt_tokens\":3}");
	}

	@Test
	void losesNothingThatCameBeforeWhatIsNoJson() {
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> observe(
				"data: {\"id\":\"1\",\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2}} x\n\n"));
		assertThat(this.protocol.summary().id()).isEqualTo("1");
		assertThat(this.protocol.summary().finishReasons()).containsExactly("stop");
		assertThat(this.protocol.summary().usage()).hasToString("{\"prompt_tokens\":2}");
	}

	private EventKind observe(String wire) {
		return observe(wire.getBytes(StandardCharsets.UTF_8));
	}

	private EventKind observe(byte[] wire) {
		return this.protocol.observe(event(wire));
	}

	private static Event event(byte[] wire) {
		EventFraming framing = new EventFraming(10_000);
		framing.append(DefaultDataBufferFactory.sharedInstance.wrap(wire));
		Event event = framing.next();
		assertThat(event).isNotNull();
		return event;
	}

}
