package ai.apertis.client.chat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * An answer put together from chunks is the same as the answer without a stream.
 */
class ChatCompletionAccumulatorTests {

	private static final ChatJson JSON = new ChatJson(JsonMapper.shared());

	static Stream<Arguments> answers() {
		return Stream.of(arguments("text", """
				{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}""", List.of("""
				{"delta":{"role":"assistant","content":""}}""", """
				{"delta":{"content":"Hel"}}""", """
				{"delta":{"content":"lo"},"finish_reason":null}""", """
				{"delta":{},"finish_reason":"stop"}""")), arguments("annotations, flat and nested", """
				{"message":{"content":"x","annotations":[
				{"type":"url_citation","url":"https://a","title":"A","start_index":1,"end_index":2},
				{"type":"url_citation","url_citation":{"url":"https://b","content":"B"}}]},
				"finish_reason":"stop"}""", List.of("""
				{"delta":{"content":"x","annotations":[{"type":"url_citation","url_citation":
				{"url":"https://a","title":"A","start_index":1,"end_index":2}}]}}""", """
				{"delta":{"annotations":[{"type":"url_citation","url":"https://b","content":"B"}]}}""", """
				{"delta":{"annotations":null},"finish_reason":"stop"}""")),
				arguments("audio, each piece decoded by itself", """
						{"message":{"content":null,"audio":{"id":"audio_1","data":"AAECAwQ=","transcript":"Hi there",
						"expires_at":9}},"finish_reason":"stop"}""", List.of("""
						{"delta":{"audio":{"id":"audio_1","transcript":"Hi"}}}""", """
						{"delta":{"audio":{"data":"AAE="}}}""", """
						{"delta":{"audio":{"data":"AgME","transcript":" there"}}}""", """
						{"delta":{"audio":{"expires_at":9}},"finish_reason":"stop"}""")),
				arguments("log probabilities", """
						{"message":{"content":"ab"},"finish_reason":"stop","logprobs":{"content":[
						{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"c","logprob":-1}]},
						{"token":"b","logprob":-0.1,"bytes":null,"top_logprobs":[]}],"refusal":null}}""", List.of("""
						{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],
						"top_logprobs":[{"token":"c","logprob":-1}]}]}}""", """
						{"delta":{"content":"b"},"logprobs":{"content":[{"token":"b","logprob":-0.1}]}}""", """
						{"delta":{},"logprobs":null,"finish_reason":"stop"}""")),
				arguments("images and what is not known", """
						{"message":{"content":"x","images":[{"n":1},{"n":2}]},"finish_reason":"stop",
						"native_finish_reason":"end_turn"}""", List.of("""
						{"delta":{"content":"x","images":[{"n":1}]}}""", """
						{"delta":{"images":[{"n":2}]}}""", """
						{"delta":{},"finish_reason":"stop","native_finish_reason":"end_turn"}""")),
				arguments("reasoning with its details", """
						{"message":{"content":"x","reasoning":"Let me see","reasoning_details":[
						{"type":"reasoning.text","text":"Let me see","format":"f","index":0,"signature":"s"},
						{"type":"reasoning.encrypted","data":"d1","index":1},
						{"type":"reasoning.encrypted","data":"d2","index":1}]},"finish_reason":"stop"}""", List.of("""
						{"delta":{"reasoning":"Let me","reasoning_details":[
						{"type":"reasoning.text","text":"Let me","format":"f","index":0}]}}""", """
						{"delta":{"reasoning":" see","reasoning_details":[
						{"type":"reasoning.text","text":" see","format":null,"index":0}]}}""", """
						{"delta":{"reasoning_details":[{"type":"reasoning.text","signature":"s","index":0}]}}""", """
						{"delta":{"content":"x","reasoning_details":[
						{"type":"reasoning.encrypted","data":"d1","index":1}]}}""", """
						{"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"d2","index":1}]},
						"finish_reason":"stop"}""")), arguments("thinking", """
						{"message":{"content":"x","thinking":"Hm, well"},"finish_reason":"stop"}""", List.of("""
						{"delta":{"thinking":"Hm,"}}""", """
						{"delta":{"thinking":" well"}}""", """
						{"delta":{"content":"x"},"finish_reason":"stop"}""")),
				arguments("tool calls with what a provider adds", """
						{"message":{"content":null,"tool_calls":[{"id":"c1","type":"function",
						"function":{"name":"f","arguments":"{\\"a\\":1}"},"extra_content":{"google":{"s":"t"}}}]},
						"finish_reason":"tool_calls"}""", List.of("""
						{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function",
						"function":{"name":"f","arguments":""},"extra_content":{"google":{"s":"t"}}}]}}""", """
						{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\""}}]}}""", """
						{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}""", """
						{"delta":{},"finish_reason":"tool_calls"}""")), arguments("the older function call", """
						{"message":{"content":null,"function_call":{"name":"f","arguments":"{}"}},
						"finish_reason":"function_call"}""", List.of("""
						{"delta":{"function_call":{"name":"f","arguments":""}}}""", """
						{"delta":{"function_call":{"arguments":"{}"}}}""", """
						{"delta":{"function_call":null},"finish_reason":"function_call"}""")));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("answers")
	void collectsWhatTheWholeAnswerSays(String name, String choice, List<String> chunkChoices) {
		ChatCompletion whole = JSON.readCompletion(
				bytes("{\"id\":\"i\",\"created\":7,\"model\":\"m\",\"system_fingerprint\":\"f\",\"choices\":[" + choice
						+ "],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}"));
		ChatCompletionAccumulator collected = new ChatCompletionAccumulator();
		chunkChoices.forEach((chunkChoice) -> collected.add(JSON.readChunk(
				"{\"id\":\"i\",\"created\":7,\"model\":\"m\",\"system_fingerprint\":\"f\",\"obfuscation\":\"xyz\",\"choices\":["
						+ chunkChoice + "]}")));
		collected.add(JSON.readChunk(
				"{\"id\":\"i\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}"));
		assertThat(collected.completion()).isEqualTo(whole);
		assertThat(whole.finishReason()).isPresent();
	}

	@Test
	void readsEachKind() {
		ChatCompletion whole = JSON.readCompletion(
				bytes("""
						{"choices":[{"message":{"content":"x","thinking":"hm","annotations":[{"type":"url_citation",
						"url_citation":{"url":"https://a","title":"A","start_index":1,"end_index":2}}],
						"audio":{"id":"audio_1","data":"AAE=","transcript":"Hi"}},
						"logprobs":{"content":[{"token":"x","logprob":-0.5,"top_logprobs":[{"token":"y","logprob":-1}]}]}}]}"""));
		ChatCompletion.Choice choice = whole.choices().get(0);
		assertThat(whole.reasoning()).isEqualTo("hm");
		assertThat(choice.annotations()).containsExactly(new Annotation("url_citation", "https://a", "A", null, 1, 2));
		assertThat(choice.audio()).isEqualTo(new Audio("audio_1", new byte[] { 0, 1 }, "Hi", 0));
		assertThat(choice.logprobs().content().get(0).alternatives().get(0).token()).isEqualTo("y");
	}

	@Test
	void sendsBackWhatMustGoBack() {
		ChatCompletion answer = JSON.readCompletion(bytes("""
				{"choices":[{"message":{"content":"","reasoning":"hm",
				"reasoning_details":[{"type":"reasoning.encrypted","data":"d"}],
				"tool_calls":[{"id":"c1","function":{"name":"f","arguments":""},"extra_content":{"s":"t"}}]},
				"finish_reason":"tool_calls"}]}"""));
		assertThat(replayed(answer)).isEqualTo(JsonMapper.shared().readTree("""
				{"role":"assistant","content":null,"tool_calls":[{"extra_content":{"s":"t"},"id":"c1","type":"function",
				"function":{"name":"f","arguments":"{}"}}],
				"reasoning_details":[{"type":"reasoning.encrypted","data":"d"}]}"""));
	}

	@Test
	void sendsBackTheReasoningThatCalledTools() {
		ChatCompletion calling = JSON.readCompletion(bytes("""
				{"choices":[{"message":{"content":"","reasoning_content":"hm",
				"tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{}"}}]}}]}"""));
		assertThat(replayed(calling).path("reasoning_content").asString("")).isEqualTo("hm");
		ChatCompletion speaking = JSON.readCompletion(bytes("""
				{"choices":[{"message":{"content":"x","reasoning_content":"hm"}}]}"""));
		assertThat(replayed(speaking))
			.isEqualTo(JsonMapper.shared().readTree("{\"role\":\"assistant\",\"content\":\"x\"}"));
	}

	@Test
	void givesCallsWithoutIdIdsOfTheirOwn() {
		String json = """
				{"id":"%s","choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},
				{"function":{"name":"f","arguments":"{}"}}]}}]}""";
		List<ToolCall> first = JSON.readCompletion(bytes(json.formatted("one"))).toolCalls();
		List<ToolCall> second = JSON.readCompletion(bytes(json.formatted("two"))).toolCalls();
		assertThat(Stream.concat(first.stream(), second.stream()).map(ToolCall::id).distinct()).hasSize(4)
			.allSatisfy((id) -> assertThat(id).startsWith(ToolCall.GENERATED_ID));
		assertThat(ChatMessage.tool(first.get(0), "42").extra()).containsEntry("tool_call_id", first.get(0).id());
		assertThat(first.get(0).toJson()).containsEntry("id", first.get(0).id());
	}

	@Test
	void keepsWhatIsSaidAnewInEachChunkOnce() {
		ChatCompletionAccumulator collected = new ChatCompletionAccumulator();
		for (int i = 0; i < 3; i++) {
			collected
				.add(JSON.readChunk("{\"citations\":[\"a\",\"b\"],\"choices\":[{\"delta\":{\"content\":\"x\"}}]}"));
		}
		assertThat(collected.completion().extra().get("citations")).hasSize(2);
	}

	@Test
	void keepsWhatIsSaidLastOfTheWholeAnswer() {
		JsonMapper json = JsonMapper.shared();
		Map<String, JsonNode> first = Map.of("service_tier", json.readTree("\"default\""));
		Map<String, JsonNode> second = Map.of("service_tier", json.readTree("\"flex\""));
		ChatCompletionAccumulator collected = new ChatCompletionAccumulator();
		Stream.of(first, first, second, Map.<String, JsonNode>of(), first)
			.map((extra) -> new ChatCompletionChunk("c", 1, "m", List.of(), null, extra))
			.forEach(collected::add);
		assertThat(collected.completion().extra()).isEqualTo(first);
	}

	@Test
	void keepsSignedReasoningApart() {
		ChatCompletionAccumulator collected = new ChatCompletionAccumulator();
		for (String piece : List.of("{\"id\":\"r1\",\"text\":\"one\"}", "{\"id\":\"r1\",\"signature\":\"s1\"}",
				"{\"id\":\"r2\",\"text\":\"two\",\"summary\":\"\"}", "{\"id\":\"r2\",\"signature\":\"s2\"}")) {
			collected.add(JSON.readChunk("{\"choices\":[{\"delta\":{\"reasoning_details\":[" + piece + "]}}]}"));
		}
		assertThat(collected.completion().choices().get(0).extra().get("reasoning_details"))
			.isEqualTo(JsonMapper.shared().readTree("""
					[{"id":"r1","text":"one","signature":"s1"},
					{"id":"r2","text":"two","summary":"","signature":"s2"}]"""));
	}

	@Test
	void readsOneSpellingOfTheReasoningOnly() {
		assertThat(JSON.readChunk("{\"choices\":[{\"delta\":{\"thinking\":\"a\",\"reasoning_content\":\"a\"}}]}")
			.reasoning()).isEqualTo("a");
		assertThat(JSON
			.readChunk("{\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":\"a\"}],"
					+ "\"thinking\":null}}]}")
			.reasoning()).isEqualTo("a");
	}

	@Test
	void losesNothingBehindAnIndexThatIsNone() {
		ChatCompletionChunk chunk = JSON.readChunk("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":[1],"
				+ "\"function\":{\"name\":\"f\"}}],\"content\":\"x\"},\"finish_reason\":\"stop\"}]}");
		assertThat(chunk.content()).isEqualTo("x");
		assertThat(chunk.choices().get(0).finishReason()).isEqualTo(FinishReason.STOP);
		assertThat(chunk.choices().get(0).delta().toolCalls()).hasSize(1);
	}

	private static JsonNode replayed(ChatCompletion answer) {
		ChatCompletionRequest request = new ChatCompletionRequest(List.of(answer.toMessage()), Map.of());
		return JsonMapper.shared().readTree(JSON.writeWhole(request)).path("messages").get(0);
	}

	@Test
	void tellsNoContentInAnyText() {
		ChatCompletion whole = JSON.readCompletion(bytes("""
				{"choices":[{"message":{"content":"secret","annotations":[{"type":"t","title":"secret"}],
				"audio":{"transcript":"secret"}},"logprobs":{"content":[{"token":"secret","logprob":-1}]}}]}"""));
		ChatCompletion.Choice choice = whole.choices().get(0);
		assertThat(Stream.of(whole, choice, choice.annotations(), choice.audio(), choice.logprobs(),
				choice.logprobs().content(), whole.toMessage()))
			.allSatisfy((value) -> assertThat(value.toString()).doesNotContain("secret"));
	}

	private static byte[] bytes(String json) {
		return json.getBytes(StandardCharsets.UTF_8);
	}

}
