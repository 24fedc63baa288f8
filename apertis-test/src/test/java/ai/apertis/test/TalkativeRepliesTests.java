package ai.apertis.test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * What can be asked of the talkative gateway.
 */
class TalkativeRepliesTests {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final HttpClient http = HttpClient.newHttpClient();

	private SimulatedGateway gateway;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start().otherwise(new TalkativeReplies(Duration.ofMillis(1)));
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	@Test
	void answersAnyPrompt() throws Exception {
		String body = ask("m", "What is a stream?", "").body();
		assertThat(body).contains("What", "“", "\"model\":\"m\"", "\"finish_reason\":\"stop\"")
			.doesNotContain("\"usage\"")
			.endsWith("data: [DONE]\n\n");
		assertThat(body.split("\n\n")).hasSizeGreaterThan(30);
		assertThat(ask("m", "What is a stream?", "").body()).isEqualTo(body);
	}

	@Test
	void tellsTheUsageWhenAsked() throws Exception {
		assertThat(ask("m", "hello", ",\"stream_options\":{\"include_usage\":true}").body())
			.containsPattern("\"choices\":\\[],\"usage\":\\{\"prompt_tokens\":8,\"completion_tokens\":\\d+");
	}

	@Test
	void answersWithoutStreaming() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", "Bearer k");
		assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
		assertThat(response.body()).contains("\"object\":\"chat.completion\"", "\"usage\"");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callsAToolWithArgumentsThatFit(boolean streamed) throws Exception {
		String tools = ",\"tools\":[" + tool("first", "{\"type\":\"object\",\"properties\":{}}") + ","
				+ tool("book",
						"{\"type\":\"object\",\"properties\":{\"nights\":{\"type\":\"integer\",\"minimum\":7},"
								+ "\"arrivalDay\":{\"type\":\"string\",\"format\":\"date\"},"
								+ "\"guestName\":{\"type\":\"string\"}}}")
				+ "]";
		String chosen = ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"book\"}}";
		String more = ",\"stream\":" + streamed + tools;
		assertThat(arguments(converse("", more), streamed)).isEqualTo("first {}");
		assertThat(arguments(converse("", more + chosen), streamed))
			.isEqualTo("book {\"nights\":7,\"arrivalDay\":\"2026-01-31\",\"guestName\":\"some guest name\"}");
		assertThat(converse("", more + ",\"tool_choice\":\"none\"")).contains("simulated", "\"stop\"");
	}

	@Test
	void answersWithProseToWhatAToolHasGiven() throws Exception {
		String more = ",\"tools\":[" + tool("first", "{}") + "]";
		String called = ",{\"role\":\"assistant\",\"content\":null},{\"role\":\"tool\",\"content\":\"12:00\"}";
		assertThat(converse(called, more)).contains("\"stop\"").doesNotContain("tool_calls");
		assertThat(converse(called + ",{\"role\":\"user\",\"content\":\"again\"}", more)).contains("tool_calls");
	}

	@Test
	void answersWithAValueThatFitsTheSchema() throws Exception {
		String schema = """
				{"$defs":{"Node":{"type":"object","properties":{"name":{"type":"string","maxLength":6},
				"next":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/Node"}]}}}},
				"type":"object","properties":{"node":{"$ref":"#/$defs/Node"},"kind":{"enum":["A","B"]},
				"sure":{"type":["boolean","null"]},"share":{"type":"number"},"fixed":{"const":5},
				"tags":{"type":"array","items":{"type":"string"},"maxItems":1},
				"counts":{"type":"object","additionalProperties":{"type":"integer"}}}}""";
		String body = converse("", ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":"
				+ schema.replace("\n", "") + "}}");
		JsonNode value = JSON.readTree(JSON.readTree(body).at("/choices/0/message/content").asString());
		assertThat(value.path("kind").asString()).isEqualTo("A");
		assertThat(value.path("sure").asBoolean()).isTrue();
		assertThat(value.path("share").isNumber()).isTrue();
		assertThat(value.path("fixed").asInt()).isEqualTo(5);
		assertThat(value.path("tags")).hasSize(1);
		assertThat(value.at("/counts/first").isInt()).isTrue();
		assertThat(value.at("/node/name").asString()).isEqualTo("some n");
		assertThat(value.at("/node/next/name").isString()).isTrue();
		JsonNode last = value.path("node");
		while (last.path("next").isObject()) {
			last = last.path("next");
		}
		assertThat(last.path("next").isNull()).isTrue();
		assertThat(converse("", ",\"response_format\":{\"type\":\"json_object\"}")).contains("{\\\"answer\\\":");
	}

	private static String tool(String name, String parameters) {
		return "{\"type\":\"function\",\"function\":{\"name\":\"" + name + "\",\"parameters\":" + parameters + "}}";
	}

	private String converse(String messages, String more) throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}" + messages + "]" + more
						+ "}",
				"Bearer k");
		assertThat(response.statusCode()).isEqualTo(200);
		return response.body();
	}

	private static String arguments(String body, boolean streamed) {
		StringBuilder arguments = new StringBuilder();
		for (String line : body.split("\n")) {
			if (line.startsWith(streamed ? "data: {" : "{")) {
				JsonNode choice = JSON.readTree(streamed ? line.substring(6) : line).at("/choices/0");
				JsonNode call = choice.at((streamed ? "/delta" : "/message") + "/tool_calls/0/function");
				arguments.append(call.has("name") ? call.path("name").asString() + " " : "")
					.append(call.path("arguments").asString(""));
			}
		}
		return arguments.toString();
	}

	@ParameterizedTest
	@CsvSource({ "simulated-reasoning,hello,reasoning_content", "m,please [reason],reasoning_content",
			"simulated-tools,hello,get_weather", "m,call a [tool],get_weather", "simulated-error,hello,upstream_error",
			"m,an [error] please,upstream_error" })
	void doesMoreWhenAsked(String model, String prompt, String expected) throws Exception {
		assertThat(ask(model, prompt, "").body()).contains(expected);
	}

	@ParameterizedTest
	@CsvSource({ "simulated-rate-limit,429", "simulated-overload,503" })
	void refusesWhenAsked(String model, int status) throws Exception {
		assertThat(ask(model, "hello", "").statusCode()).isEqualTo(status);
	}

	@Test
	void breaksOffWhenAsked() {
		assertThatIOException().isThrownBy(() -> ask("simulated-cut", "hello", ""));
	}

	@ParameterizedTest
	@CsvSource({ "/responses,hello,response.completed", "/responses,[reason],response.reasoning_summary_text.delta",
			"/responses,[tool],response.function_call_arguments.delta", "/responses,[error],response.failed",
			"/messages,hello,message_stop", "/messages,[reason],thinking_delta", "/messages,[tool],input_json_delta",
			"/messages,[error],api_error" })
	void speaksOtherProtocolsToo(String path, String prompt, String expected) throws Exception {
		String turns = path.equals("/responses") ? "\"input\":\"%s\""
				: "\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]";
		String body = post(path, "{\"model\":\"m\",\"stream\":true," + turns.formatted(prompt) + "}", "Bearer k")
			.body();
		assertThat(body).contains("\"type\":\"" + expected + "\"").doesNotContain("[DONE]");
		assertThat(body.split("\n\n")).allSatisfy((event) -> {
			String type = JSON.readTree(event.substring(event.indexOf("data: ") + 6)).path("type").asString();
			assertThat(event).startsWith("event: " + type + "\n");
		});
		String whole = post(path, "{\"model\":\"m\"," + turns.formatted(prompt) + "}", "Bearer k").body();
		assertThat(JSON.readTree(whole).path("usage").path("output_tokens").asInt()).isPositive();
	}

	@ParameterizedTest
	@CsvSource({ "/responses,429", "/messages,429" })
	void refusesInOtherProtocolsToo(String path, int status) throws Exception {
		assertThat(post(path, "{\"model\":\"simulated-rate-limit\",\"input\":\"a\",\"messages\":[{\"content\":\"a\"}]}",
				"Bearer k")
			.statusCode()).isEqualTo(status);
		assertThat(post(path, "{}", "Bearer k").statusCode()).isEqualTo(400);
	}

	@Test
	void embedsAndRanks() throws Exception {
		JsonNode embeddings = JSON.readTree(
				post("/embeddings", "{\"model\":\"m\",\"input\":[\"a\",\"b\",\"a\"],\"dimensions\":3}", "Bearer k")
					.body());
		assertThat(embeddings.path("data").path(0).path("embedding")).hasSize(3)
			.isEqualTo(embeddings.path("data").path(2).path("embedding"))
			.isNotEqualTo(embeddings.path("data").path(1).path("embedding"));
		JsonNode ranking = JSON.readTree(post("/rerank",
				"{\"model\":\"m\",\"query\":\"rain in Bern\",\"documents\":[\"sun\",\"rain in Rome\"],\"top_n\":1}",
				"Bearer k")
			.body());
		assertThat(ranking.path("results")).singleElement()
			.satisfies((result) -> assertThat(result.path("index").asInt()).isOne());
	}

	@Test
	void listsItsModels() throws Exception {
		HttpResponse<String> response = this.http
			.send(HttpRequest.newBuilder(URI.create(this.gateway.baseUrl() + "/models"))
				.header("Authorization", "Bearer k")
				.build(), BodyHandlers.ofString());
		assertThat(response.body()).contains("\"id\":\"gpt-4o-mini\"", "\"id\":\"simulated-cut\"");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "[]", "{\"model\":\"m\"}", "{\"messages\":[]}", "rubbish" })
	void refusesARequestThatMakesNoSense(String body) throws Exception {
		assertThat(post("/chat/completions", body, "Bearer k").statusCode()).isEqualTo(400);
	}

	@Test
	void refusesARequestWithoutKeyAndAnUnknownEndpoint() throws Exception {
		assertThat(post("/chat/completions", "{}", "").statusCode()).isEqualTo(401);
		assertThat(post("/elsewhere", "{}", "Bearer k").statusCode()).isEqualTo(404);
	}

	private HttpResponse<String> ask(String model, String prompt, String more)
			throws IOException, InterruptedException {
		return post("/chat/completions", "{\"model\":\"" + model
				+ "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]" + more + "}",
				"Bearer k");
	}

	private HttpResponse<String> post(String path, String body, String authorization)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.gateway.baseUrl() + path))
			.timeout(Duration.ofSeconds(20))
			.POST(BodyPublishers.ofString(body));
		if (!authorization.isEmpty()) {
			request.header("Authorization", authorization);
		}
		return this.http.send(request.build(), BodyHandlers.ofString());
	}

}
