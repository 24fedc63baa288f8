package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The routes for Responses, Messages, embeddings and rankings.
 */
@BothStacks
class TypedRoutesTests {

	private static final String ROUTES = "apertis.pass-through.routes=chat,responses,messages,embeddings,rerank";

	private static final String RESPONSES = "/apertis/v1/responses";

	private static final String MESSAGES = "/apertis/v1/messages";

	private static final Path RECORDINGS = Path.of("..", "..", "shared", "wire");

	private static final String CREATED = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
			+ "\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"model\":\"m\",\"status\":\"in_progress\"}}\n\n";

	private static final String DELTA = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
			+ "\"sequence_number\":1,\"output_index\":0,\"delta\":\"one\"}\n\n";

	private static final String COMPLETED = "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":2,"
			+ "\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"usage\":{\"input_tokens\":7,\"output_tokens\":5,\"total_tokens\":12}}}\n\n";

	private static final String START = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
			+ "\"content\":[],\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n";

	private static final String TEXT = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
			+ "\"delta\":{\"type\":\"text_delta\",\"text\":\"one\"}}\n\n";

	private static final String STOP = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
			+ "\"usage\":{\"output_tokens\":5}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	private void start(String... properties) {
		List<String> all = new ArrayList<>(List.of(properties));
		if (all.stream().noneMatch((property) -> property.startsWith("apertis.pass-through.routes="))) {
			all.add(ROUTES);
		}
		all.add("apertis.retry.max-retries=0");
		this.application = TestApplication.start(this.type, all.toArray(String[]::new));
	}

	@AfterEach
	void stop() {
		if (this.application != null) {
			this.application.close();
		}
	}

	private RawExchange post(String path, String json, String... headers) throws IOException {
		return RawExchange.post(this.application.port(), path, json, headers);
	}

	private static String streamed(String members) {
		return "{\"model\":\"m\",\"stream\":true,\"max_tokens\":100,\"input\":\"Hi\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
				+ members + "}";
	}

	@Test
	void recordingsGoThroughByteForByte() throws Exception {
		start();
		for (String folder : List.of("responses", "messages")) {
			Path index = RECORDINGS.resolve(folder).resolve("index.json");
			if (!Files.exists(index)) {
				continue;
			}
			for (JsonNode stream : JsonMapper.shared().readTree(index.toFile()).path("streams")) {
				byte[] bytes = Files.readAllBytes(index.resolveSibling(stream.path("file").asString()));
				relays(folder, stream, bytes, Reply.stream().raw(bytes));
				relays(folder, stream, bytes, Reply.stream().byteByByte(bytes));
			}
		}
	}

	private void relays(String folder, JsonNode stream, byte[] bytes, Reply reply) throws IOException {
		String file = stream.path("file").asString();
		String outcome = stream.path("expect").path("outcome").asString();
		this.application.gateway().replyWith(reply);
		try (RawExchange exchange = post("/apertis/v1/" + folder, streamed(""))) {
			if (exchange.status() != 200) {
				assertThat(outcome).as(file).isEqualTo("failed");
				assertThat(exchange.text()).contains("error");
				return;
			}
			String text = new String(exchange.body(), StandardCharsets.UTF_8).replace(": keep-alive\n", "");
			// the gateway's own signs of life are not handed on, here and with chat
			String sent = new String(bytes, StandardCharsets.UTF_8).replaceAll("(?m)^:.*\n\n", "");
			switch (outcome) {
				// another protocol's marker may come too late
				case "completed" -> {
					String marker = "(event: data\n)?data: \\[DONE]\n\n$";
					assertThat(text.replaceAll(marker, "")).as(file).isEqualTo(sent.replaceAll(marker, ""));
					assertThat(exchange.isTerminated()).as(file).isTrue();
				}
				case "failed" -> {
					assertThat(text).as(file).isEqualTo(sent);
					assertThat(exchange.isTerminated()).as(file).isFalse();
				}
				default -> {
					String whole = sent.substring(0, sent.lastIndexOf("\n\n") + 2);
					assertThat(text).as(file).startsWith(whole).hasSizeGreaterThan(whole.length());
					assertThat(text.substring(whole.length())).as(file).startsWith("event: error\ndata: ");
					assertThat(exchange.isTerminated()).as(file).isFalse();
				}
			}
		}
	}

	@Test
	void streamsAreCounted() throws Exception {
		start();
		this.application.gateway()
			.replyWith(Reply.stream().raw(CREATED + DELTA + COMPLETED), Reply.stream().raw(START + TEXT + STOP));
		for (String path : List.of(RESPONSES, MESSAGES)) {
			try (RawExchange exchange = post(path, streamed(""))) {
				assertThat(exchange.text()).contains("one");
				assertThat(exchange.isTerminated()).isTrue();
			}
		}
		Awaitility.await().until(() -> this.application.calls("completed") == 2);
		assertThat(this.application.tokens("input_tokens")).isEqualTo(14);
		assertThat(this.application.tokens("output_tokens")).isEqualTo(10);
	}

	@Test
	void wholeAnswersAreCounted() throws Exception {
		start();
		String response = "{\"id\":\"r\",\"object\":\"response\",\"error\":null,\"status\":\"completed\",\"output\":[],"
				+ "\"usage\":{\"input_tokens\":7,\"output_tokens\":5}}";
		String message = "{\"id\":\"m\",\"type\":\"message\",\"content\":[],\"stop_reason\":\"end_turn\","
				+ "\"usage\":{\"input_tokens\":7,\"output_tokens\":5}}";
		String embeddings = "{\"object\":\"list\",\"data\":[{\"index\":0,\"embedding\":\"AAAA\"}],\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}";
		String ranking = "{\"results\":[{\"index\":0,\"relevance_score\":0.5}],\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}";
		this.application.gateway()
			.replyWith(Reply.json(200, response), Reply.json(200, message), Reply.json(200, embeddings),
					Reply.json(200, ranking));
		String request = streamed("").replace("true", "false");
		for (String[] call : new String[][] { { RESPONSES, response }, { MESSAGES, message },
				{ "/apertis/v1/embeddings", embeddings }, { "/apertis/v1/rerank", ranking } }) {
			try (RawExchange exchange = post(call[0], request)) {
				assertThat(exchange.text()).isEqualTo(call[1]);
			}
		}
		Awaitility.await().until(() -> this.application.calls("completed") == 4);
		assertThat(this.application.tokens("input_tokens")).isEqualTo(28);
		assertThat(this.application.tokens("output_tokens")).isEqualTo(10);
		assertThat(this.application.gateway().requests()).extracting(RecordedRequest::path)
			.containsExactly("/v1/responses", "/v1/messages", "/v1/embeddings", "/v1/rerank");
	}

	@Test
	void aResponseThatIsCutOffEndsWithBothEvents() throws Exception {
		start();
		this.application.gateway().replyWith(Reply.stream().raw(CREATED + DELTA).cut());
		try (RawExchange exchange = post(RESPONSES, streamed(""))) {
			String text = exchange.text();
			assertThat(text).startsWith(CREATED + DELTA);
			List<JsonNode> added = events(text.substring((CREATED + DELTA).length()));
			assertThat(added).extracting((event) -> event.path("type").asString())
				.containsExactly("error", "response.failed");
			assertThat(added).extracting((event) -> event.path("sequence_number").asInt()).containsExactly(2, 3);
			assertThat(added.get(0).path("error").path("code").asString()).isEqualTo("stream_interrupted");
			assertThat(added.get(1).path("response").path("id").asString()).isEqualTo("resp_1");
			assertThat(added.get(1).path("response").path("status").asString()).isEqualTo("failed");
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().until(() -> this.application.calls("interrupted") == 1);
	}

	@Test
	void anErrorOfTheGatewayIsFollowedByTheFailedResponse() throws Exception {
		start();
		String error = "event: error\ndata: {\"type\":\"error\",\"sequence_number\":2,\"error\":{\"code\":\"server_is_overloaded\",\"message\":\"Later\"}}\n\n";
		this.application.gateway().replyWith(Reply.stream().raw(CREATED + DELTA + error));
		try (RawExchange exchange = post(RESPONSES, streamed(""))) {
			String text = exchange.text();
			assertThat(text).startsWith(CREATED + DELTA + error);
			List<JsonNode> added = events(text.substring((CREATED + DELTA + error).length()));
			assertThat(added).singleElement().satisfies((event) -> {
				assertThat(event.path("type").asString()).isEqualTo("response.failed");
				assertThat(event.path("sequence_number").asInt()).isEqualTo(3);
				assertThat(event.path("response").path("error").path("code").asString())
					.isEqualTo("server_is_overloaded");
			});
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().until(() -> this.application.calls("failed") == 1);
	}

	@Test
	void aMessageThatIsCutOffEndsWithAnError() throws Exception {
		start();
		this.application.gateway().replyWith(Reply.stream().raw(START + TEXT).cut());
		try (RawExchange exchange = post(MESSAGES, streamed(""))) {
			String text = exchange.text();
			assertThat(text).startsWith(START + TEXT + "event: error\n").doesNotContain("message_stop");
			JsonNode error = events(text.substring((START + TEXT).length())).get(0);
			assertThat(error.path("type").asString()).isEqualTo("error");
			assertThat(error.path("error").path("type").asString()).isEqualTo("api_error");
			assertThat(exchange.isTerminated()).isFalse();
		}
	}

	@Test
	void anOpenConnectionBehindTheEndIsNotWaitedFor() throws Exception {
		start();
		this.application.gateway()
			.replyWith(Reply.stream().raw(CREATED + DELTA + COMPLETED).stall(),
					Reply.stream().raw(START + TEXT + STOP).stall());
		for (String path : List.of(RESPONSES, MESSAGES)) {
			try (RawExchange exchange = post(path, streamed(""))) {
				assertThat(exchange.text()).contains("one");
				assertThat(exchange.isTerminated()).isTrue();
			}
		}
	}

	private static List<JsonNode> events(String text) {
		return text.lines()
			.filter((line) -> line.startsWith("data: "))
			.map((line) -> TestApplication.json(line.substring("data: ".length())))
			.toList();
	}

	@Test
	void errorsHaveTheShapeOfTheirRoute() throws Exception {
		start("apertis.pass-through.allowed-models=n");
		try (RawExchange exchange = post(RESPONSES, streamed(""))) {
			assertThat(exchange.status()).isEqualTo(403);
			assertThat(TestApplication.error(exchange.text()).path("code").asString()).isEqualTo("model_access_denied");
		}
		try (RawExchange exchange = post(MESSAGES, streamed(""))) {
			assertThat(exchange.status()).isEqualTo(403);
			JsonNode body = TestApplication.json(exchange.text());
			assertThat(body.path("type").asString()).isEqualTo("error");
			assertThat(body.path("error").path("type").asString()).isEqualTo("permission_error");
			assertThat(body.path("error").path("message").asString()).startsWith("model_access_denied: ");
		}
		try (RawExchange exchange = post(MESSAGES + "/count_tokens", streamed(""))) {
			assertThat(exchange.status()).isEqualTo(404);
			assertThat(TestApplication.json(exchange.text()).path("error").path("type").asString())
				.isEqualTo("not_found_error");
		}
	}

	@Test
	void theGatewaysOwnErrorsGoThrough() throws Exception {
		start();
		String overloaded = "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"r\"}";
		this.application.gateway()
			.replyWith(Reply.json(529, overloaded), Reply.stream().raw("event: error\ndata: " + overloaded + "\n\n"));
		try (RawExchange exchange = post(MESSAGES, streamed(""))) {
			assertThat(exchange.status()).isEqualTo(529);
			assertThat(exchange.text()).isEqualTo(overloaded);
		}
		try (RawExchange exchange = post(MESSAGES, streamed(""))) {
			assertThat(exchange.status()).isGreaterThanOrEqualTo(500);
			assertThat(exchange.text()).contains("Overloaded");
		}
	}

	@Test
	void onlyWhatIsNamedIsServed() throws Exception {
		start("apertis.pass-through.routes=messages");
		this.application.gateway().replyWith(Reply.stream().raw(START + TEXT + STOP));
		try (RawExchange exchange = post(MESSAGES, streamed(""))) {
			assertThat(exchange.status()).isEqualTo(200);
			exchange.text();
		}
		for (String path : List.of(RESPONSES, TestApplication.PATH, "/apertis/v1/embeddings")) {
			try (RawExchange exchange = post(path, streamed(""))) {
				assertThat(exchange.status()).as(path).isEqualTo(404);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"previous_response_id\":\"resp_2\"", "\"conversation\":\"c\"",
			"\"conversation\":{\"id\":\"c\"}", "\"background\":true", "\"prompt\":{\"id\":\"p\"}",
			"\"Previous_Response_Id\":\"resp_2\"", "\"previous\\u005fresponse_id\":\"resp_2\"",
			"\"input\":[{\"type\":\"item_reference\",\"id\":\"i\"}]", "\"input\":[{\"id\":\"i\"}]",
			"\"input\":[{\"id\":\"i\",\"type\":null}]", "\"input\":[{\"TYPE\":\"item_reference\",\"id\":\"i\"}]",
			"\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"f\"}]}]",
			"\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":[{\"type\":\"input_image\",\"File_Id\":\"f\"}]}]",
			"\"tools\":[{\"type\":\"mcp\",\"server_label\":\"s\",\"server_url\":\"https://x.example\"}]",
			"\"tools\":[{\"type\":\"file_search\",\"vector_store_ids\":[\"v\"]}]",
			"\"tools\":[{\"type\":\"web_search\"}]", "\"tools\":[{\"type\":\"function\",\"type\":\"mcp\"}]",
			"\"tools\":[{\"type\":\"namespace\",\"tools\":[{\"type\":\"mcp\"}]}]",
			"\"tools\":[{\"type\":\"code_interpreter\",\"container\":\"c\"}]",
			"\"input\":[{\"type\":\"additional_tools\",\"tools\":[{\"type\":\"mcp\"}]}]",
			"\"tools\":[{\"type\":\"image_generation\",\"input_image_mask\":{\"file_id\":\"f\"}}]" })
	void aResponseReachesNothingOfOthers(String parameter) throws Exception {
		start();
		assertRefused(RESPONSES, parameter);
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"container\":\"c\"", "\"container\":{\"id\":\"c\"}",
			"\"mcp_servers\":[{\"type\":\"url\",\"url\":\"https://x.example\"}]", "\"Container\":\"c\"", "\"n\":2",
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]}]",
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"container_upload\",\"file_id\":\"f\"}]}]",
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"content\":[{\"type\":\"image\",\"source\":{\"file_id\":\"f\"}}]}]}]",
			"\"system\":[{\"type\":\"text\",\"file_id\":\"f\"}]",
			"\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]",
			"\"tools\":[{\"type\":\"code_execution_20250522\",\"name\":\"c\"}]",
			"\"tools\":[{\"type\":\"mcp_toolset\",\"mcp_server_name\":\"s\"}]" })
	void aMessageReachesNothingOfOthers(String parameter) throws Exception {
		start();
		assertRefused(MESSAGES, parameter);
	}

	private void assertRefused(String path, String parameter) throws IOException {
		String name = parameter.substring(1, parameter.indexOf('"', 1));
		String request = streamed("");
		if (name.equals("input") || name.equals("messages")) {
			request = request.replaceFirst(",\"input\":\"Hi\"", "").replaceFirst(",\"messages\":\\[[^\\]]*]", "");
		}
		try (RawExchange exchange = post(path, request.substring(0, request.length() - 1) + "," + parameter + "}")) {
			assertThat(exchange.status()).as(parameter).isEqualTo(400);
			assertThat(exchange.text()).contains("error");
		}
		assertThat(this.application.gateway().requests()).isEmpty();
	}

	@Test
	void whatIsTheUsersOwnIsNot() throws Exception {
		start();
		this.application.gateway()
			.replyWith(Reply.stream().raw(CREATED + DELTA + COMPLETED), Reply.stream().raw(START + TEXT + STOP));
		try (RawExchange exchange = post(RESPONSES, streamed(
				",\"background\":false,\"previous_response_id\":null,\"tools\":[{\"type\":\"function\",\"name\":\"f\","
						+ "\"parameters\":{\"properties\":{\"file_id\":{\"type\":\"mcp\"},\"container\":{\"type\":\"string\"}}}},"
						+ "{\"type\":\"custom\",\"name\":\"c\"}],\"include\":[\"reasoning.encrypted_content\"]"))) {
			assertThat(exchange.status()).isEqualTo(200);
			exchange.text();
		}
		String messages = streamed(",\"tools\":[{\"name\":\"f\",\"input_schema\":{\"properties\":{\"file_id\":{}}}},"
				+ "{\"type\":\"bash_20250124\",\"name\":\"bash\"}]")
			.replace("\"content\":\"Hi\"}]",
					"\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{\"file_id\":\"own\"}}]}]");
		try (RawExchange exchange = post(MESSAGES, messages)) {
			assertThat(exchange.status()).as(exchange.headers().toString()).isEqualTo(200);
			assertThat(exchange.text()).contains("one");
		}
	}

	@Test
	void whatIsKeptUnderTheKeyIsLeftOut() throws Exception {
		start("apertis.pass-through.max-output-tokens=50");
		this.application.gateway()
			.replyWith(Reply.stream().raw(CREATED + DELTA + COMPLETED), Reply.stream().raw(START + TEXT + STOP));
		String members = ",\"store\":true,\"metadata\":{\"user_id\":\"u\"},\"user\":\"u\",\"safety_identifier\":\"s\","
				+ "\"service_tier\":\"priority\",\"speed\":\"fast\",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5000}";
		for (String path : List.of(RESPONSES, MESSAGES)) {
			try (RawExchange exchange = post(path, streamed(members), "Authorization: Bearer theirs",
					"x-api-key: theirs", "anthropic-beta: one-2025, Two!, three", "anthropic-version: 2024-01-01")) {
				exchange.text();
			}
		}
		RecordedRequest response = this.application.gateway().takeRequest();
		JsonNode sent = TestApplication.json(response.body());
		assertThat(sent.path("store").asBoolean(true)).isFalse();
		assertThat(sent.propertyNames()).doesNotContain("metadata", "user", "safety_identifier", "service_tier");
		assertThat(sent.path("max_output_tokens").asInt()).isEqualTo(50);
		RecordedRequest message = this.application.gateway().takeRequest();
		JsonNode second = TestApplication.json(message.body());
		assertThat(second.propertyNames()).doesNotContain("metadata", "service_tier", "speed");
		assertThat(second.path("max_tokens").asInt()).isEqualTo(50);
		assertThat(second.path("thinking").path("budget_tokens").asInt()).isEqualTo(49);
		assertThat(message.header("anthropic-beta")).contains("one-2025,three");
		assertThat(message.header("anthropic-version")).contains("2024-01-01");
		for (RecordedRequest request : List.of(response, message)) {
			assertThat(request.header("Authorization")).contains("Bearer " + TestApplication.KEY);
			assertThat(request.header("x-api-key")).isEmpty();
		}
	}

	@Test
	void eachRuleCanBeLifted() throws Exception {
		start("apertis.pass-through.shared-key.allowed-parameters=store,previous_response_id,file_id,metadata",
				"apertis.pass-through.shared-key.allowed-tools=web_search*");
		this.application.gateway().replyWith(Reply.stream().raw(CREATED + DELTA + COMPLETED));
		try (RawExchange exchange = post(RESPONSES, streamed(
				",\"previous_response_id\":\"r\",\"metadata\":{\"a\":\"b\"},\"tools\":[{\"type\":\"web_search_preview\"}]")
			.replace("\"input\":\"Hi\"",
					"\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"f\"}]}]"))) {
			assertThat(exchange.status()).isEqualTo(200);
			exchange.text();
		}
		JsonNode sent = TestApplication.json(this.application.gateway().takeRequest().body());
		assertThat(sent.propertyNames()).contains("previous_response_id", "metadata").doesNotContain("store");
	}

	@ParameterizedTest
	@CsvSource({ "/apertis/v1/responses,429", "/apertis/v1/messages,429" })
	void budgetsHoldHereToo(String path, int status) throws Exception {
		start("apertis.pass-through.budget.tokens=100", "apertis.pass-through.budget.slice=20");
		String many = path.endsWith("messages") ? START + TEXT.repeat(500) : CREATED + DELTA.repeat(500);
		this.application.gateway().replyWith(Reply.stream().raw(many));
		try (RawExchange exchange = post(path, streamed("").replace("\"max_tokens\":100,", ""))) {
			String text = exchange.text();
			assertThat(text).contains("token_budget_exceeded");
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().untilAsserted(() -> {
			try (RawExchange exchange = post(path, streamed(""))) {
				assertThat(exchange.status()).isEqualTo(status);
				assertThat(exchange.text()).contains("token_budget_exceeded");
			}
		});
	}

}
