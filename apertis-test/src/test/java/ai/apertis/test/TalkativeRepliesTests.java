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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * What can be asked of the talkative gateway.
 */
class TalkativeRepliesTests {

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
