package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Tool;
import ai.apertis.client.tools.ToolFunction;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.passthrough.ui.UiConversation;
import ai.apertis.passthrough.ui.UiConversationListener;
import ai.apertis.passthrough.ui.UiMessageMetadata;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The UI message stream for React's {@code useChat}.
 */
@BothStacks
class UiChatTests {

	private static final String PATH = "/apertis/ui/chat";

	private static final String REQUEST = chat(
			"{\"id\":\"u1\",\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"Hi\"}]}");

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	@AfterEach
	void stop() {
		this.application.close();
	}

	@Test
	void streamsATextAndTellsItsUsage() throws Exception {
		start();
		gateway(Reply.stream().model("gpt-4o-mini").content("It ", "rains.\n\"So\"").finish("stop").usage(7, 3).done());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
			assertThat(exchange.header("x-vercel-ai-ui-message-stream")).isEqualTo("v1");
			String text = exchange.text();
			assertThat(text).endsWith("data: [DONE]\n\n");
			List<JsonNode> events = events(text);
			assertThat(types(events)).containsExactly("start", "start-step", "text-start", "text-delta", "text-delta",
					"text-end", "finish-step", "finish");
			assertThat(events.get(0).path("messageId").asString()).startsWith("msg_");
			assertThat(events.get(4)).isEqualTo(TestApplication
				.json("{\"type\":\"text-delta\",\"id\":\"text-1\",\"delta\":\"rains.\\n\\\"So\\\"\"}"));
			assertThat(events.get(7)).isEqualTo(TestApplication.json("""
					{"type":"finish","messageMetadata":{"model":"gpt-4o-mini","finishReason":"stop","usage":{
					"inputTokens":7,"outputTokens":3,"totalTokens":10,"reasoningTokens":0,"cachedInputTokens":0}}}"""));
			assertThat(exchange.isTerminated()).isTrue();
		}
		assertThat(sent().path("messages")).isEqualTo(TestApplication.json("[{\"role\":\"user\",\"content\":\"Hi\"}]"));
		assertThat(sent().path("model").asString()).isEqualTo("default");
		assertThat(sent().has("id")).isFalse();
		assertThat(sent().has("trigger")).isFalse();
		Awaitility.await().until(() -> this.application.calls("completed") == 1);
		assertThat(this.application.tokens("output_tokens", false)).isEqualTo(3);
	}

	@Test
	void streamsReasoningSourcesAndImages() throws IOException {
		start();
		gateway(Reply.stream()
			.event("", chunk("{\"reasoning_content\":\"Let me \"}"))
			.event("", chunk("{\"reasoning_content\":\"see\"}"))
			.event("", chunk("{\"content\":\"Rain\"}"))
			.event("", chunk(
					"{\"annotations\":[{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"https://a.example\",\"title\":\"A\"}},"
							+ "{\"type\":\"url_citation\",\"url\":\"https://a.example\"},{\"type\":\"url_citation\",\"url\":\"javascript:alert(1)\"}]}"))
			.event("", chunk(
					"{\"images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}]}"))
			.event("", "{\"web_sources\":[{\"title\":\"B\",\"url\":\"https://b.example\"}],\"choices\":[]}")
			.finish("stop")
			.done());
		try (RawExchange exchange = post(REQUEST)) {
			List<JsonNode> events = events(exchange.text());
			assertThat(types(events)).containsExactly("start", "start-step", "reasoning-start", "reasoning-delta",
					"reasoning-delta", "reasoning-end", "text-start", "text-delta", "source-url", "file", "source-url",
					"text-end", "finish-step", "finish");
			assertThat(events.get(8).path("sourceId").asString()).matches("source-\\w{8}-1");
			assertThat(events.get(8).path("url").asString()).isEqualTo("https://a.example");
			assertThat(events.get(8).path("title").asString()).isEqualTo("A");
			assertThat(events.get(9)).isEqualTo(TestApplication
				.json("{\"type\":\"file\",\"url\":\"data:image/png;base64,AA==\",\"mediaType\":\"image/png\"}"));
		}
	}

	@Test
	void reasoningCanBeKeptFromPages() throws IOException {
		start("apertis.pass-through.ui.send-reasoning=false");
		gateway(Reply.stream().reasoning("secret thoughts").content("Rain").finish("stop").done());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).contains("Rain").doesNotContain("secret");
		}
	}

	@Test
	void streamsTheCallsOfThePagesOwnTools() throws IOException {
		start();
		gateway(Reply.stream()
			.content("Wait.")
			.toolCall(0, "call_1", "locate", "{\"exact\"", ":true}")
			.toolCall(1, "call_2", "now", "")
			.toolCall(2, "call_3", "broken", "{\"a\":")
			.finish("tool_calls")
			.done());
		String tools = ",\"tools\":[" + tool("locate") + "," + tool("now") + "," + tool("broken") + "]";
		try (RawExchange exchange = post(REQUEST.substring(0, REQUEST.length() - 1) + tools + "}")) {
			List<JsonNode> events = events(exchange.text());
			assertThat(types(events)).containsSubsequence("start", "start-step", "text-start", "text-delta", "text-end",
					"tool-input-start", "tool-input-delta", "tool-input-delta", "tool-input-available", "finish-step",
					"finish");
			assertThat(of(events, "tool-input-available")).containsExactly(TestApplication.json(
					"{\"type\":\"tool-input-available\",\"toolCallId\":\"call_1\",\"toolName\":\"locate\",\"input\":{\"exact\":true}}"),
					TestApplication.json(
							"{\"type\":\"tool-input-available\",\"toolCallId\":\"call_2\",\"toolName\":\"now\",\"input\":{}}"));
			assertThat(of(events, "tool-input-error")).singleElement()
				.satisfies((event) -> assertThat(event.path("input").asString()).isEqualTo("{\"a\":"));
			assertThat(events.get(events.size() - 1).path("messageMetadata").path("finishReason").asString())
				.isEqualTo("tool-calls");
		}
		assertThat(sent().path("tools").size()).isEqualTo(3);
	}

	@Test
	void goesOnWithTheMessageWhoseToolsThePageHasRun() throws IOException {
		start();
		gateway(Reply.answer("At the sea."));
		String assistant = "{\"id\":\"m1\",\"role\":\"assistant\",\"parts\":[{\"type\":\"step-start\"},"
				+ "{\"type\":\"reasoning\",\"text\":\"hm\"},{\"type\":\"text\",\"text\":\"Wait.\"},"
				+ "{\"type\":\"tool-locate\",\"toolCallId\":\"call_1\",\"state\":\"output-available\",\"input\":{\"Name\":1.50,\"name\":2},\"output\":{\"Id\":\"sea\",\"id\":7}},"
				+ "{\"type\":\"dynamic-tool\",\"toolName\":\"gone\",\"toolCallId\":\"call_2\",\"state\":\"input-available\",\"input\":{}},"
				+ "{\"type\":\"tool-ask\",\"toolCallId\":\"call_3\",\"state\":\"output-error\",\"errorText\":\"no\",\"input\":null},"
				+ "{\"type\":\"tool-half\",\"toolCallId\":\"call_4\",\"state\":\"input-streaming\"},"
				+ "{\"type\":\"data-own\",\"data\":{}},{\"type\":\"never-heard-of\"}]}";
		try (RawExchange exchange = post(chat(
				"{\"id\":\"s\",\"role\":\"system\",\"parts\":[{\"type\":\"text\",\"text\":\"Be \"},{\"type\":\"text\",\"text\":\"brief\"}]},"
						+ "{\"id\":\"u1\",\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"Where?\"},{\"type\":\"file\",\"mediaType\":\"image/png\",\"url\":\"data:image/png;base64,AA==\"}]},"
						+ assistant))) {
			assertThat(events(exchange.text()).get(0).path("messageId").asString()).isEqualTo("m1");
		}
		assertThat(sent().path("messages")).isEqualTo(TestApplication
			.json("""
					[{"role":"system","content":"Be brief"},
					{"role":"user","content":[{"type":"text","text":"Where?"},
					{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},
					{"role":"assistant","content":"Wait.","tool_calls":[
					{"id":"call_1","type":"function","function":{"name":"locate","arguments":"{\\"Name\\":1.50,\\"name\\":2}"}},
					{"id":"call_2","type":"function","function":{"name":"gone","arguments":"{}"}},
					{"id":"call_3","type":"function","function":{"name":"ask","arguments":"{}"}}]},
					{"role":"tool","tool_call_id":"call_1","content":"{\\"Id\\":\\"sea\\",\\"id\\":7}"},
					{"role":"tool","tool_call_id":"call_2","content":"There is no result: the call was not carried out."},
					{"role":"tool","tool_call_id":"call_3","content":"no"}]"""));
	}

	@Test
	void runsTheApplicationsToolsWithinTheStream() throws Exception {
		start(List.of(Tools.class), "apertis.pass-through.ui.metadata.usage=true");
		this.application.gateway()
			.replyWith(Reply.stream()
				.content("Let me look.")
				.toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}")
				.toolCall(1, "call_1b", "missing", "{}")
				.finish("tool_calls")
				.usage(10, 4)
				.done())
			.replyWith(Reply.stream().toolCall(0, "call_1", "failing", "{}").finish("tool_calls").usage(20, 5).done())
			.replyWith(Reply.stream().content("Take an umbrella.").finish("stop").usage(30, 6).done());
		try (RawExchange exchange = post(REQUEST)) {
			String text = exchange.text();
			assertThat(text).doesNotContain("top secret");
			List<JsonNode> events = events(text);
			assertThat(types(events)).containsExactly("start", "start-step", "text-start", "text-delta", "text-end",
					"tool-input-start", "tool-input-delta", "tool-input-start", "tool-input-delta",
					"tool-input-available", "tool-input-available", "tool-output-available", "tool-output-error",
					"finish-step", "start-step", "tool-input-start", "tool-input-delta", "tool-input-available",
					"tool-output-error", "finish-step", "start-step", "text-start", "text-delta", "text-end",
					"finish-step", "finish");
			assertThat(of(events, "tool-output-available")).singleElement()
				.isEqualTo(TestApplication.json(
						"{\"type\":\"tool-output-available\",\"toolCallId\":\"call_1\",\"output\":{\"sky\":\"rain in Bern\"}}"));
			// the same id again would change the part of the first call
			assertThat(of(events, "tool-output-error").get(1).path("toolCallId").asString()).matches("call_1-\\w{8}");
			assertThat(of(events, "tool-output-error").get(1).path("errorText").asString())
				.isEqualTo("The tool has failed");
			JsonNode usage = events.get(events.size() - 1).path("messageMetadata").path("usage");
			assertThat(usage.path("inputTokens").asInt()).isEqualTo(60);
			assertThat(usage.path("outputTokens").asInt()).isEqualTo(15);
		}
		List<RecordedRequest> requests = this.application.gateway().requests();
		assertThat(requests).hasSize(3);
		JsonNode second = TestApplication.json(requests.get(1).body());
		assertThat(second.path("messages").get(1).path("tool_calls").size()).isEqualTo(2);
		assertThat(second.path("messages").get(2)).isEqualTo(TestApplication.json(
				"{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"{\\\"sky\\\":\\\"rain in Bern\\\"}\"}"));
		assertThat(second.path("messages").get(3).path("content").asString())
			.isEqualTo("There is no tool of this name");
		assertThat(TestApplication.json(requests.get(2).body()).path("messages").size()).isEqualTo(6);
		assertThat(second.path("tools").size()).isEqualTo(2);
		Awaitility.await().until(() -> this.application.calls("completed") == 3);
		assertThat(this.application.tokens("input_tokens", false)).isEqualTo(60);
		assertThat(this.application.tokens("output_tokens", false)).isEqualTo(15);
		Awaitility.await().until(() -> this.application.context().getBean(ActiveStreams.class).count() == 0);
	}

	@Test
	void aToolKnowsWhoAsks() throws IOException {
		start(List.of(OrdersTool.class));
		this.application.gateway()
			.replyWith(Reply.stream().toolCall(0, "call_1", "orders", "{\"year\":2026}").finish("tool_calls").done())
			.replyWith(Reply.answer("None."));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(of(events(exchange.text()), "tool-output-available")).singleElement()
				.satisfies((event) -> assertThat(event.path("output").asString()).isEqualTo("nobody in 2026"));
		}
	}

	@Test
	void leavesTheStreamToThePageIfItMustRunAToolToo() throws IOException {
		start(List.of(Tools.class));
		gateway(Reply.stream()
			.toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}")
			.toolCall(1, "call_2", "locate", "{}")
			.finish("tool_calls")
			.done());
		String tools = ",\"tools\":[" + tool("locate") + "," + tool("weather") + "]";
		try (RawExchange exchange = post(REQUEST.substring(0, REQUEST.length() - 1) + tools + "}")) {
			List<JsonNode> events = events(exchange.text());
			assertThat(types(events)).endsWith("tool-output-available", "finish-step", "finish");
			assertThat(exchange.isTerminated()).isTrue();
		}
		assertThat(this.application.gateway().requests()).hasSize(1);
		// a page declares none of the application's
		assertThat(sent().path("tools").valueStream().map((tool) -> tool.path("function").path("name").asString()))
			.containsExactlyInAnyOrder("locate", "weather", "failing");
	}

	@Test
	void boundsTheTurnsAndTheCalls() throws IOException {
		start(List.of(Tools.class), "apertis.pass-through.ui.max-turns=2");
		this.application.gateway()
			.otherwise((request) -> Reply.stream()
				.toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}")
				.finish("tool_calls")
				.done());
		try (RawExchange exchange = post(REQUEST)) {
			List<JsonNode> events = events(exchange.text());
			assertThat(events.get(events.size() - 1)).isEqualTo(TestApplication
				.json("{\"type\":\"error\",\"errorText\":\"The language model still asks for tools after 2 turns\"}"));
			assertThat(exchange.isTerminated()).isFalse();
		}
		assertThat(this.application.gateway().requests()).hasSize(2);
	}

	@Test
	void runsNoToolOfAnAnswerThatIsCutOff() throws IOException {
		start(List.of(Tools.class));
		gateway(Reply.stream().toolCall(0, "call_1", "weather", "{\"city\":\"B\"}").finish("length").done());
		try (RawExchange exchange = post(REQUEST)) {
			// nor does the page, as it would what is available
			assertThat(types(events(exchange.text()))).endsWith("tool-input-error", "finish-step", "finish");
		}
		assertThat(this.application.gateway().requests()).hasSize(1);
	}

	@Test
	void tellsAnEarlyErrorAsTextWithItsStatus() throws IOException {
		start();
		this.application.gateway()
			.otherwise((request) -> Reply
				.error(429, "rate_limit_error", "rate_limit_exceeded", "Org org-123 is over quota")
				.header("Retry-After", "7"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(429);
			assertThat(exchange.header("Retry-After")).isEqualTo("7");
			assertThat(exchange.header("Content-Type")).startsWith("text/plain");
			assertThat(exchange.text()).isEqualTo("The language model is busy. Please try again later");
		}
	}

	@Test
	void tellsAnErrorInsideAndBreaksOff() throws IOException {
		start();
		gateway(Reply.stream().content("It ").errorEvent("server_error", "overloaded", "Cluster eu-1 is busy"));
		try (RawExchange exchange = post(REQUEST)) {
			String text = exchange.text();
			assertThat(types(events(text))).containsExactly("start", "start-step", "text-start", "text-delta", "error");
			assertThat(text).doesNotContain("Cluster").doesNotContain("[DONE]").doesNotContain("finish");
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().until(() -> this.application.calls("failed") == 1);
	}

	@Test
	void aCutStreamIsAFailure() throws IOException {
		start();
		gateway(Reply.stream().content("It ").cut());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(types(events(exchange.text()))).endsWith("text-delta", "error");
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().until(() -> this.application.calls("interrupted") == 1);
	}

	@Test
	void refusesByTheSameRules() throws IOException {
		start("apertis.pass-through.allowed-models=default", "apertis.pass-through.max-output-tokens=100");
		String other = REQUEST.substring(0, REQUEST.length() - 1) + ",\"model\":\"dear\"}";
		try (RawExchange exchange = post(other)) {
			assertThat(exchange.status()).isEqualTo(403);
			assertThat(exchange.text()).isEqualTo("The model 'dear' is not available here");
		}
		try (RawExchange exchange = post("{\"id\":\"c\"}")) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(exchange.text()).contains("messages");
		}
		try (RawExchange exchange = post(chat(
				"{\"role\":\"user\",\"parts\":[{\"type\":\"file\",\"mediaType\":\"application/zip\",\"url\":\"data:application/zip;base64,AA==\"}]}"))) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(exchange.text())
				.isEqualTo("A file of the type 'application/zip' cannot be sent to a language model");
		}
		gateway(Reply.answer("x"));
		try (RawExchange exchange = post(REQUEST.substring(0, REQUEST.length() - 1)
				+ ",\"stream\":false,\"n\":100,\"fallback_models\":[\"dear\"]}")) {
			assertThat(exchange.status()).isEqualTo(200);
		}
		assertThat(sent().propertyNames()).containsExactlyInAnyOrder("messages", "model", "max_tokens", "stream",
				"stream_options");
		assertThat(sent().path("max_tokens").asInt()).isEqualTo(100);
	}

	@Test
	void answersAPrompt() throws IOException {
		start();
		gateway(Reply.answer("Rain"));
		try (RawExchange exchange = post("{\"prompt\":\"Say rain\"}")) {
			assertThat(types(events(exchange.text()))).contains("text-delta");
		}
		assertThat(sent().path("messages"))
			.isEqualTo(TestApplication.json("[{\"role\":\"user\",\"content\":\"Say rain\"}]"));
	}

	@Test
	void streamsPlainText() throws IOException {
		start();
		gateway(Reply.stream().reasoning("hm").content("It ", "rains").finish("stop").usage(1, 2).done());
		try (RawExchange exchange = RawExchange.post(this.application.port(), "/apertis/ui/text", REQUEST)) {
			assertThat(exchange.header("Content-Type")).isEqualTo("text/plain;charset=UTF-8");
			assertThat(exchange.text()).isEqualTo("It rains");
			assertThat(exchange.isTerminated()).isTrue();
		}
		gateway(Reply.stream().content("It ").cut());
		try (RawExchange exchange = RawExchange.post(this.application.port(), "/apertis/ui/text", REQUEST)) {
			assertThat(exchange.text()).isEqualTo("It ");
			assertThat(exchange.isTerminated()).isFalse();
		}
	}

	@Test
	void tellsAListenerOfTheConversation() throws Exception {
		start(List.of(Tools.class, Listening.class));
		BlockingQueue<UiConversation> conversations = this.application.context().getBean(Listening.class).conversations;
		this.application.gateway()
			.replyWith(Reply.stream()
				.content("Let ", "me look.")
				.toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}")
				.finish("tool_calls")
				.done())
			.replyWith(Reply.stream().reasoning("hm").content("Rain.").finish("stop").done());
		try (RawExchange exchange = post(REQUEST)) {
			List<JsonNode> events = events(exchange.text());
			assertThat(events.get(events.size() - 1).path("messageMetadata"))
				.isEqualTo(TestApplication.json("{\"chat\":\"c1\"}"));
			// the stream has ended: the conversation is saved
			UiConversation conversation = conversations.remove();
			assertThat(conversation.outcome()).isEqualTo(Outcome.COMPLETED);
			assertThat(conversation.chatId()).isEqualTo("c1");
			assertThat(conversation.messages()).singleElement()
				.satisfies((message) -> assertThat(message.path("id").asString()).isEqualTo("u1"));
			assertThat(conversation.answer()).isEqualTo(TestApplication.json("{\"id\":\""
					+ events.get(0).path("messageId").asString()
					+ "\",\"role\":\"assistant\",\"metadata\":{\"chat\":\"c1\"},"
					+ "\"parts\":[{\"type\":\"step-start\"},{\"type\":\"text\",\"text\":\"Let me look.\",\"state\":\"done\"},"
					+ "{\"type\":\"tool-weather\",\"toolCallId\":\"call_1\",\"state\":\"output-available\",\"input\":{\"city\":\"Bern\"},\"output\":{\"sky\":\"rain in Bern\"}},"
					+ "{\"type\":\"step-start\"},{\"type\":\"reasoning\",\"text\":\"hm\",\"state\":\"done\"},{\"type\":\"text\",\"text\":\"Rain.\",\"state\":\"done\"}]}"));
			assertThat(conversation.toString()).doesNotContain("Rain");
		}
		gateway(Reply.stream().content("It ").cut());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).contains("error");
		}
		UiConversation cut = nextConversation();
		assertThat(cut.outcome()).isEqualTo(Outcome.INTERRUPTED);
		assertThat(cut.answer().path("parts").get(1))
			.isEqualTo(TestApplication.json("{\"type\":\"text\",\"text\":\"It \",\"state\":\"streaming\"}"));
		gateway(Reply.stream().repeat("on ", 1_000_000, Duration.ofMillis(5)));
		try (RawExchange exchange = post(REQUEST)) {
			readUntil(exchange, "\"on \"");
		}
		UiConversation hungUp = nextConversation();
		assertThat(hungUp.outcome()).isEqualTo(Outcome.CANCELLED);
		assertThat(hungUp.answer().path("parts").get(1).path("text").asString()).startsWith("on ");
		Awaitility.await().until(() -> this.application.calls("cancelled") == 1);
	}

	@Test
	void heartbeatsAreNoPartOfAnAnswer() throws IOException {
		start("apertis.pass-through.heartbeat.initial-delay=20ms", "apertis.pass-through.heartbeat.interval=20ms");
		gateway(Reply.stream()
			.pause(Duration.ofMillis(300))
			.content("It ")
			.pause(Duration.ofMillis(300))
			.content("rains")
			.finish("stop")
			.done());
		try (RawExchange exchange = post(REQUEST)) {
			String text = exchange.text();
			assertThat(text).startsWith(": keep-alive\n").endsWith("data: [DONE]\n\n");
			assertThat(types(events(text.replace(": keep-alive\n", "")))).containsExactly("start", "start-step",
					"text-start", "text-delta", "text-delta", "text-end", "finish-step", "finish");
		}
		gateway(Reply.stream()
			.pause(Duration.ofMillis(300))
			.content("It ")
			.pause(Duration.ofMillis(300))
			.content("rains")
			.finish("stop")
			.done());
		try (RawExchange exchange = RawExchange.post(this.application.port(), "/apertis/ui/text", REQUEST)) {
			assertThat(exchange.text()).isEqualTo("It rains");
		}
	}

	@Test
	void policiesBindTheApplicationsTools() throws IOException {
		start(List.of(Tools.class, ToolPolicy.class));
		this.application.gateway()
			.replyWith(
					Reply.stream().toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}").finish("tool_calls").done(),
					Reply.stream().toolCall(0, "call_2", "locate", "{}").finish("tool_calls").done());
		try (RawExchange exchange = post(REQUEST)) {
			List<JsonNode> events = events(exchange.text());
			assertThat(of(events, "tool-output-available")).isEmpty();
			assertThat(of(events, "tool-output-error")).singleElement()
				.satisfies((event) -> assertThat(event.path("errorText").asString())
					.isEqualTo("There is no tool of this name"));
			// that of the policy is for the page
			assertThat(types(events)).endsWith("tool-input-available", "finish-step", "finish");
		}
	}

	@Test
	void aForcedChoiceHoldsForTheFirstTurnOnly() throws IOException {
		start(List.of(Tools.class));
		this.application.gateway()
			.replyWith(
					Reply.stream().toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}").finish("tool_calls").done(),
					Reply.answer("Rain."));
		try (RawExchange exchange = post(
				with(REQUEST, "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}"))) {
			assertThat(types(events(exchange.text()))).endsWith("finish");
		}
		assertThat(TestApplication.json(this.application.gateway().requests().get(0).body())
			.path("tool_choice")
			.isObject()).isTrue();
		assertThat(sent().path("tool_choice").asString()).isEqualTo("auto");
	}

	@Test
	void whatIsSaidOfAnAnswerDoesNotBreakIt() throws Exception {
		start(List.of(Listening.class, FailingMetadata.class));
		gateway(Reply.stream().content("It rains").finish("stop").done());
		try (RawExchange exchange = post(REQUEST)) {
			readUntil(exchange, "[DONE]");
			// before the page knows that the answer is complete
			UiConversation conversation = this.application.context().getBean(Listening.class).conversations.poll();
			assertThat(conversation).isNotNull();
			assertThat(conversation.outcome()).isEqualTo(Outcome.COMPLETED);
			assertThat(conversation.answer().has("metadata")).isFalse();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"a\":1e99999999999}", "deep" })
	void callsThatCannotBeReadAreTold(String arguments) throws IOException {
		start();
		String given = arguments.equals("deep") ? "{\"a\":".repeat(480) + "1" + "}".repeat(480) : arguments;
		gateway(Reply.stream().toolCall(0, "call_1", "locate", given).finish("tool_calls").done());
		try (RawExchange exchange = post(with(REQUEST, "\"tools\":[" + tool("locate") + "]"))) {
			assertThat(types(events(exchange.text()))).endsWith("tool-input-error", "finish-step", "finish");
		}
	}

	@Test
	void resultsThatCannotBeReadAreTexts() throws IOException {
		start(List.of(OddTool.class));
		this.application.gateway()
			.replyWith(Reply.stream().toolCall(0, "call_1", "odd", "{}").finish("tool_calls").done(),
					Reply.answer("Fine."));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(of(events(exchange.text()), "tool-output-available")).singleElement()
				.satisfies((event) -> assertThat(event.path("output").asString()).isEqualTo("[1e99999999999]"));
		}
	}

	@Test
	void idsAreNewInAMessageThatGoesOn() throws IOException {
		start();
		gateway(Reply.stream().toolCall(0, "call_0", "locate", "{}").finish("tool_calls").done());
		String assistant = "{\"id\":\"m1\",\"role\":\"assistant\",\"parts\":[{\"type\":\"tool-locate\",\"toolCallId\":\"call_0\","
				+ "\"state\":\"output-available\",\"input\":{},\"output\":\"here\"}]}";
		try (RawExchange exchange = post(with(chat(assistant), "\"tools\":[" + tool("locate") + "]"))) {
			List<JsonNode> events = events(exchange.text());
			assertThat(events.get(0).path("messageId").asString()).isEqualTo("m1");
			assertThat(of(events, "tool-input-available")).singleElement()
				.satisfies((event) -> assertThat(event.path("toolCallId").asString()).matches("call_0-\\w{8}"));
		}
	}

	@Test
	void halfCharactersDoNotBreakAnAnswer() throws IOException {
		start();
		gateway(Reply.stream()
			.event("", chunk("{\"content\":\"a \\ud83dx\"}"))
			.event("", chunk("{\"content\":\"\\ude00y\"}"))
			.finish("stop")
			.done());
		try (RawExchange exchange = post(REQUEST)) {
			String text = exchange.text();
			assertThat(types(events(text))).endsWith("text-end", "finish-step", "finish");
			assertThat(text).contains("\"a ?x\"").contains("\"?y\"");
		}
	}

	@Test
	void aTextThatIsNoneIsRefused() throws IOException {
		start();
		byte[] body = REQUEST.replace("Hi", "\u0001\u0001\u0001").getBytes(StandardCharsets.ISO_8859_1);
		for (int i = 0; i < body.length - 2; i++) {
			if (body[i] == 1) {
				body[i] = (byte) 0xED;
				body[i + 1] = (byte) 0xA0;
				body[i + 2] = (byte) 0xBD;
			}
		}
		try (RawExchange exchange = RawExchange.send(this.application.port(), "POST " + PATH, body,
				List.of("Content-Type: application/json"))) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(exchange.text()).contains("not in UTF-8");
		}
	}

	@Test
	void anEndlessAnswerIsNotKept() throws IOException {
		start(List.of(Tools.class));
		gateway(Reply.stream().repeat("x".repeat(10_000), 1_000, Duration.ZERO));
		try (RawExchange exchange = post(REQUEST)) {
			String text = exchange.text();
			assertThat(text.length()).isLessThan(2_000_000);
			assertThat(text).contains("\"type\":\"error\"").doesNotContain("\"finish\"");
		}
		Awaitility.await().until(() -> this.application.calls("failed") == 1);
		Awaitility.await().until(() -> this.application.context().getBean(ActiveStreams.class).count() == 0);
	}

	@Test
	void cancelsAToolWhosePageHasGone() throws Exception {
		start(List.of(SlowTool.class, Listening.class));
		gateway(Reply.stream().toolCall(0, "call_1", "slow", "{}").finish("tool_calls").done());
		try (RawExchange exchange = post(REQUEST)) {
			readUntil(exchange, "tool-input-available");
			assertThat(this.application.context().getBean(SlowTool.class).begun.await(10, TimeUnit.SECONDS)).isTrue();
		}
		assertThat(this.application.context().getBean(SlowTool.class).cancelled.await(10, TimeUnit.SECONDS)).isTrue();
		UiConversation left = nextConversation();
		assertThat(left.outcome()).isEqualTo(Outcome.CANCELLED);
		assertThat(left.answer().path("parts").get(1).path("state").asString()).isEqualTo("input-available");
		Awaitility.await().until(() -> this.application.context().getBean(ActiveStreams.class).count() == 0);
		assertThat(this.application.gateway().requests()).hasSize(1);
	}

	@Test
	void aToolHasALimit() throws IOException {
		start(List.of(SlowTool.class), "apertis.pass-through.ui.tool-timeout=50ms");
		this.application.gateway()
			.replyWith(Reply.stream().toolCall(0, "call_1", "slow", "{}").finish("tool_calls").done(),
					Reply.answer("Sorry."));
		try (RawExchange exchange = post(REQUEST)) {
			List<JsonNode> events = events(exchange.text());
			assertThat(of(events, "tool-output-error")).singleElement()
				.satisfies((event) -> assertThat(event.path("errorText").asString()).isEqualTo("The tool has failed"));
			assertThat(types(events)).endsWith("finish");
		}
	}

	@Test
	void runsNoToolForAPageThatHasGoneWhileItIsReadOn() throws Exception {
		start(List.of(Tools.class, Listening.class), "apertis.pass-through.on-disconnect=drain");
		gateway(Reply.stream()
			.content("Let me look.")
			.hold()
			.toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}")
			.finish("tool_calls")
			.usage(3, 4)
			.done());
		try (RawExchange exchange = post(REQUEST)) {
			readUntil(exchange, "Let me look.");
		}
		awaitDisconnect();
		this.application.gateway().release();
		UiConversation left = nextConversation();
		assertThat(left.outcome()).isEqualTo(Outcome.CANCELLED);
		Awaitility.await().until(() -> this.application.calls("cancelled") == 1);
		assertThat(this.application.tokens("output_tokens", false)).isEqualTo(4);
		assertThat(this.application.gateway().requests()).hasSize(1);
	}

	@Test
	void anAnswerThatIsReadOnToItsEndIsComplete() throws Exception {
		start(List.of(Listening.class), "apertis.pass-through.on-disconnect=drain");
		gateway(Reply.stream().content("It ").hold().content("rains").finish("stop").done());
		try (RawExchange exchange = post(REQUEST)) {
			readUntil(exchange, "It ");
		}
		awaitDisconnect();
		this.application.gateway().release();
		UiConversation left = nextConversation();
		assertThat(left.outcome()).isEqualTo(Outcome.COMPLETED);
		assertThat(left.answer().path("parts").get(1))
			.isEqualTo(TestApplication.json("{\"type\":\"text\",\"text\":\"It rains\",\"state\":\"done\"}"));
	}

	@Test
	void theApplicationEndsWhenConversationsAreSaved() throws Exception {
		start(List.of(SlowListener.class));
		SlowListener listener = this.application.context().getBean(SlowListener.class);
		gateway(Reply.stream().content("It ").cut());
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).contains("error");
		}
		assertThat(listener.begun.await(10, TimeUnit.SECONDS)).isTrue();
		Thread closing = new Thread(this.application.context()::close);
		closing.start();
		Awaitility.await().until(() -> this.application.context().isClosed());
		listener.release.countDown();
		closing.join(TimeUnit.SECONDS.toMillis(30));
		assertThat(closing.isAlive()).isFalse();
		assertThat(listener.saved).isTrue();
	}

	@Test
	void isOffUnlessSwitchedOn() throws IOException {
		this.application = TestApplication.start(this.type);
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(404);
		}
	}

	private void start(String... properties) {
		start(List.of(), properties);
	}

	private void start(List<Class<?>> sources, String... properties) {
		List<Class<?>> all = new ArrayList<>(List.of(TestApplication.Open.class));
		all.addAll(sources);
		List<String> given = new ArrayList<>(
				List.of("apertis.chat.model=default", "apertis.pass-through.ui.enabled=true"));
		given.addAll(Arrays.asList(properties));
		this.application = TestApplication.start(this.type, all, given.toArray(String[]::new));
	}

	private void gateway(Reply reply) {
		this.application.gateway().replyWith(reply);
	}

	private RawExchange post(String json) throws IOException {
		return RawExchange.post(this.application.port(), PATH, json);
	}

	private JsonNode sent() {
		List<RecordedRequest> requests = this.application.gateway().requests();
		return TestApplication.json(requests.get(requests.size() - 1).body());
	}

	private UiConversation nextConversation() throws InterruptedException {
		UiConversation next = this.application.context().getBean(Listening.class).conversations.poll(10,
				TimeUnit.SECONDS);
		assertThat(next).isNotNull();
		return next;
	}

	private void awaitDisconnect() {
		Awaitility.await()
			.until(() -> this.application.context()
				.getBean(MeterRegistry.class)
				.find("apertis.pass-through.disconnects")
				.counters()
				.stream()
				.mapToDouble(Counter::count)
				.sum() == 1);
	}

	private static void readUntil(RawExchange exchange, String text) throws IOException {
		StringBuilder seen = new StringBuilder();
		while (seen.indexOf(text) < 0) {
			seen.append(exchange.chunk());
		}
	}

	private static String chat(String messages) {
		return "{\"id\":\"c1\",\"trigger\":\"submit-message\",\"messages\":[" + messages + "]}";
	}

	private static String with(String json, String members) {
		return json.substring(0, json.length() - 1) + "," + members + "}";
	}

	private static String tool(String name) {
		return "{\"type\":\"function\",\"function\":{\"name\":\"" + name + "\",\"parameters\":{\"type\":\"object\"}}}";
	}

	static String chunk(String delta) {
		return "{\"choices\":[{\"index\":0,\"delta\":" + delta + "}]}";
	}

	private static List<JsonNode> events(String text) {
		return Arrays.stream(text.split("\n\n"))
			.filter(Predicate.not(String::isBlank))
			.map((event) -> event.substring("data: ".length()))
			.filter((data) -> !data.equals("[DONE]"))
			.map(TestApplication::json)
			.toList();
	}

	private static List<String> types(List<JsonNode> events) {
		return events.stream().map((event) -> event.path("type").asString()).toList();
	}

	private static List<JsonNode> of(List<JsonNode> events, String type) {
		return events.stream().filter((event) -> event.path("type").asString().equals(type)).toList();
	}

	record City(String city) {
	}

	record Year(int year) {
	}

	@Configuration(proxyBeanMethods = false)
	static class Tools {

		@Bean
		ToolFunction weather() {
			return ToolFunction.of("weather", "Tells the weather", City.class,
					(city) -> Map.of("sky", "rain in " + city.city()));
		}

		@Bean
		ToolFunction failing() {
			return ToolFunction.of("failing", "Fails", () -> {
				throw new IllegalStateException("top secret");
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SlowTool {

		private final CountDownLatch begun = new CountDownLatch(1);

		private final CountDownLatch cancelled = new CountDownLatch(1);

		@Bean
		ToolFunction slow() {
			return new ToolFunction(Tool.of("slow", "Takes its time"),
					(call) -> Mono.<String>never()
						.doOnSubscribe((subscription) -> this.begun.countDown())
						.doOnCancel(this.cancelled::countDown));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SlowListener {

		private final CountDownLatch begun = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		private volatile boolean saved;

		@Bean
		UiConversationListener slowListener() {
			return (conversation) -> {
				this.begun.countDown();
				try {
					this.saved = this.release.await(20, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OddTool {

		@Bean
		ToolFunction odd() {
			return ToolFunction.of("odd", "Gives a number beyond all bounds", () -> "[1e99999999999]");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ToolPolicy {

		@Bean
		PassThroughPolicy onlyThoseOfThePage() {
			return (request) -> Mono.just(request.with("tools", TestApplication.json("[" + tool("locate") + "]")));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailingMetadata {

		@Bean
		@Primary
		UiMessageMetadata failing() {
			return (answer) -> {
				throw new IllegalStateException("no metadata");
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OrdersTool {

		@Bean
		ToolFunction ordersTool(Orders orders) {
			return ToolFunction.reactive("orders", "Lists the user's orders of a year", Year.class, (year) -> Mono
				.deferContextual((context) -> orders.of(context.get(Caller.class).principal(), year.year())));
		}

		@Bean
		Orders orders() {
			return (principal, year) -> Mono
				.just(((principal != null) ? principal.getName() : "nobody") + " in " + year);
		}

	}

	interface Orders {

		Mono<String> of(@Nullable Principal principal, int year);

	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		private final BlockingQueue<UiConversation> conversations = new LinkedBlockingQueue<>();

		@Bean
		UiConversationListener listener() {
			return this.conversations::add;
		}

		@Bean
		UiMessageMetadata metadata() {
			return (answer) -> Map.of("chat", answer.chatId());
		}

	}

}
