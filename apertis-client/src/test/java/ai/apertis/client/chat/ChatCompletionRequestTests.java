package ai.apertis.client.chat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import ai.apertis.client.chat.ChatCompletionRequest.Builder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What each parameter looks like on the wire.
 */
class ChatCompletionRequestTests {

	private static final byte[] BYTES = { 1, 2, 3 };

	static Stream<Arguments> parameters() {
		return Stream.of(parameter((b) -> b.model("m"), "{'model':'m'}"),
				parameter((b) -> b.temperature(0.5), "{'temperature':0.5}"),
				parameter((b) -> b.topP(0.9), "{'top_p':0.9}"), parameter((b) -> b.maxTokens(7), "{'max_tokens':7}"),
				parameter((b) -> b.maxCompletionTokens(7), "{'max_completion_tokens':7}"),
				parameter((b) -> b.stop("a", "b"), "{'stop':['a','b']}"), parameter((b) -> b.seed(7), "{'seed':7}"),
				parameter((b) -> b.n(2), "{'n':2}"),
				parameter((b) -> b.presencePenalty(-1), "{'presence_penalty':-1.0}"),
				parameter((b) -> b.frequencyPenalty(1.5), "{'frequency_penalty':1.5}"),
				parameter((b) -> b.logprobs(0), "{'logprobs':true}"),
				parameter((b) -> b.logprobs(3), "{'logprobs':true,'top_logprobs':3}"),
				parameter((b) -> b.endUser("u"), "{'user':'u'}"),
				parameter((b) -> b.tools(Tool.of("f", "d", Map.of("type", "object"))),
						"{'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':{'type':'object'}}}]}"),
				parameter((b) -> b.tools(new Tool("f", null, null, true)),
						"{'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object','properties':{},'required':[],'additionalProperties':false},'strict':true}}]}"),
				parameter((b) -> b.toolChoice("required"), "{'tool_choice':'required'}"),
				parameter((b) -> b.toolChoiceFunction("f"),
						"{'tool_choice':{'type':'function','function':{'name':'f'}}}"),
				parameter((b) -> b.parallelToolCalls(false), "{'parallel_tool_calls':false}"),
				parameter((b) -> b.responseFormat(ResponseFormat.JSON_OBJECT),
						"{'response_format':{'type':'json_object'}}"),
				parameter((b) -> b.responseFormat(ResponseFormat.jsonSchema("s", Map.of("type", "object"))),
						"{'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'type':'object'},'strict':true}}}"),
				parameter((b) -> b.reasoningEffort("low"), "{'reasoning_effort':'low'}"),
				parameter((b) -> b.reasoning("high", "auto"),
						"{'reasoning':{'enabled':true,'effort':'high','summary':'auto'}}"),
				parameter((b) -> b.thinking(2048), "{'thinking':{'type':'enabled','budget_tokens':2048}}"),
				parameter((b) -> b.fallback(Duration.ofSeconds(30), "a", "b"),
						"{'fallback_enabled':true,'fallback_models':['a','b'],'fallback_timeout':30000}"),
				parameter((b) -> b.webResults(3, "short"), "{'web_results_count':3,'web_content_length':'short'}"),
				parameter((b) -> b.webSearch("low"), "{'web_search_options':{'search_context_size':'low'}}"),
				parameter((b) -> b.compression("on", 4),
						"{'compression':{'enabled':true,'strategy':'on','keep_turns':4}}"),
				parameter((b) -> b.metadata(Map.of("k", "v")), "{'metadata':{'k':'v'}}"),
				parameter((b) -> b.parameter("top_k", 40), "{'top_k':40}"),
				parameter((b) -> b.temperature(0.5).parameter("temperature", 1), "{'temperature':1}"),
				parameter((b) -> b.temperature(0.5).parameter("temperature", null), "{}"));
	}

	private static Arguments parameter(UnaryOperator<Builder> change, String json) {
		return arguments(change, json.replace('\'', '"'));
	}

	@ParameterizedTest
	@MethodSource("parameters")
	void writesParametersAtTheTopLevel(UnaryOperator<Builder> change, String expected) {
		ObjectNode json = (ObjectNode) write(change.apply(ChatCompletionRequest.builder().user("hi")).build());
		json.remove("messages");
		json.remove("stream");
		json.remove("stream_options");
		assertThat(json).isEqualTo(JsonMapper.shared().readTree(expected));
	}

	@Test
	void writesMessagesOfAllKinds() {
		JsonNode messages = write(ChatCompletionRequest.builder()
			.system("s")
			.user(ContentPart.text("t"), ContentPart.image("https://example.org/a.png"),
					ContentPart.image(BYTES, "image/png"), ContentPart.audio(BYTES, "wav"),
					ContentPart.video("https://example.org/a.mp4"), ContentPart.file(BYTES, "application/pdf", "a.pdf"))
			.message(ChatMessage.assistant("a").with("name", "n"))
			.message(ChatMessage.tool("call_1", "result"))
			.build()).path("messages");
		assertThat(messages).isEqualTo(JsonMapper.shared().readTree("""
				[{"role":"system","content":"s"},
				{"role":"user","content":[{"type":"text","text":"t"},
				{"type":"image_url","image_url":{"url":"https://example.org/a.png"}},
				{"type":"image_url","image_url":{"url":"data:image/png;base64,AQID"}},
				{"type":"input_audio","input_audio":{"data":"AQID","format":"wav"}},
				{"type":"video_url","video_url":{"url":"https://example.org/a.mp4"}},
				{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AQID"}}]},
				{"role":"assistant","content":"a","name":"n"},
				{"role":"tool","content":"result","tool_call_id":"call_1"}]"""));
	}

	@Test
	void refusesFallbacksThatTheGatewayWouldRefuse() {
		Builder builder = ChatCompletionRequest.builder();
		assertThatIllegalArgumentException()
			.isThrownBy(() -> builder.fallback(Duration.ofSeconds(30), "1", "2", "3", "4", "5", "6"))
			.withMessageContaining("One to five");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.fallback(Duration.ofSeconds(30)));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.fallback(Duration.ofSeconds(4), "1"))
			.withMessageContaining("from 5 s to 5 min");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.fallback(Duration.ofMinutes(6), "1"));
	}

	@Test
	void isCopiedWithChanges() {
		ChatCompletionRequest first = ChatCompletionRequest.builder().model("m").user("hi").temperature(0.1).build();
		ChatCompletionRequest second = first.mutate().user("again").temperature(0.2).build();
		assertThat(first).isEqualTo(ChatCompletionRequest.builder().model("m").user("hi").temperature(0.1).build());
		assertThat(first.messages()).hasSize(1);
		assertThat(second.messages()).hasSize(2);
		assertThat(second.parameters()).containsEntry("temperature", 0.2);
	}

	@Test
	void prefersItsOwnValuesToDefaults() {
		ChatCompletionRequest request = ChatCompletionRequest.of("own", "hi");
		assertThat(request.withDefaults(Map.of("model", "default", "seed", 1)).parameters())
			.containsOnly(Map.entry("model", "own"), Map.entry("seed", 1));
	}

	@Test
	void tellsNoContent() {
		ChatCompletionRequest request = ChatCompletionRequest.builder()
			.model("m")
			.user(ContentPart.text("my secret"))
			.message(ChatMessage.assistant("my secret"))
			.endUser("my secret")
			.build();
		assertThat(request.toString() + request.messages() + request.messages().get(0).content())
			.doesNotContain("my secret")
			.contains("model=m", "2", "text");
	}

	private static JsonNode write(ChatCompletionRequest request) {
		byte[] json = new ChatJson(JsonMapper.shared()).writeStreaming(request);
		return JsonMapper.shared().readTree(new String(json, StandardCharsets.UTF_8));
	}

	@Test
	void tellsHowLongTheGatewayMayGoThroughItsFallbackModels() {
		ChatCompletionRequest.Builder builder = ChatCompletionRequest.builder().user("hello");
		assertThat(builder.build().fallbackTime()).isZero();
		assertThat(builder.fallback(Duration.ofMinutes(2), "a", "b").build().fallbackTime()).hasMinutes(6);
		assertThat(builder.parameter("fallback_timeout", null).build().fallbackTime()).hasSeconds(90);
		assertThat(builder.parameter("fallback_enabled", false).build().fallbackTime()).isZero();
	}

	@Test
	void writesSpeechBiasAndThinking() {
		ChatCompletionRequest request = ChatCompletionRequest.builder()
			.user("hello")
			.speech("alloy", "pcm16")
			.logitBias(Map.of(7, -100))
			.thinking("auto")
			.compression("on", 3, 1000)
			.build();
		assertThat(JsonMapper.shared().readTree(new ChatJson(JsonMapper.shared()).writeWhole(request)))
			.isEqualTo(JsonMapper.shared().readTree("""
					{"messages":[{"role":"user","content":"hello"}],"modalities":["text","audio"],
					"audio":{"voice":"alloy","format":"pcm16"},"logit_bias":{"7":-100},"thinking":{"type":"auto"},
					"compression":{"enabled":true,"strategy":"on","keep_turns":3,"threshold":1000}}"""));
	}

}
