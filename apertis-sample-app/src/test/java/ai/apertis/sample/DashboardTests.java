package ai.apertis.sample;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The dashboard and the alerts that come with the project, on a real Prometheus that asks
 * the sample.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "apertis.retry.failover=gpt-4o-mini", "apertis.retry.initial-delay=1ms" })
class DashboardTests {

	private static final Path OBSERVABILITY = Path.of("..", "observability");

	private final HttpClient client = HttpClient.newHttpClient();

	@Autowired
	private SimulatedGateway gateway;

	@LocalServerPort
	private int port;

	@Test
	void everyQueryOfTheDashboardReturnsDataAndEveryAlertIsUnderstood(@TempDir Path folder) throws Exception {
		List<String> queries = queries();
		assertThat(queries).hasSizeGreaterThan(20);
		try (Prometheus prometheus = Prometheus.start(OBSERVABILITY, this.port, folder)) {
			Awaitility.await().atMost(Duration.ofSeconds(20)).until(prometheus::isReady);
			// rates need values that grow between two looks
			Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
				callInEachWay();
				List<String> unanswered = new ArrayList<>();
				for (String query : queries) {
					if (!prometheus.answers(query)) {
						unanswered.add(query);
					}
				}
				assertThat(unanswered).isEmpty();
			});
			Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
				JsonNode rules = prometheus.rules();
				assertThat(rules.size()).isPositive();
				assertThat(rules).allSatisfy((rule) -> assertThat(rule.path("health").asString()).isEqualTo("ok"));
			});
		}
	}

	private static List<String> queries() {
		JsonNode dashboard = JsonMapper.shared().readTree(OBSERVABILITY.resolve("dashboard.json").toFile());
		List<String> queries = new ArrayList<>();
		for (JsonNode panel : dashboard.path("panels")) {
			assertThat(panel.path("title").asString()).isNotEmpty();
			panel.path("targets").forEach((target) -> queries.add(target.path("expr").asString()));
		}
		return queries;
	}

	/** Completed, failed and tried elsewhere, refused, and hung up. */
	private void callInEachWay() throws Exception {
		Reply complete = Reply.stream()
			.header("X-RateLimit-Limit", "1500")
			.header("X-RateLimit-Remaining", "1499")
			.content("Hel", "lo")
			.finish("stop")
			.usage(3, 4)
			.done();
		this.gateway.replyWith(complete, Reply.stream().content("Half an").cut(),
				Reply.error(503, "server_error", "model_overloaded", "Overloaded"),
				Reply.error(503, "server_error", "model_overloaded", "Overloaded"),
				Reply.error(503, "server_error", "model_overloaded", "Overloaded"), complete,
				Reply.stream().repeat("on ", 1_000, Duration.ofMillis(20)));
		read(ask("hello"));
		assertThatThrownBy(() -> read(ask("be cut"))).isInstanceOf(IOException.class);
		assertThat(read(ask("fail over"))).endsWith("data: [DONE]\n\n");
		InputStream endless = ask("hang up").body();
		assertThat(endless.read()).isPositive();
		endless.close();
		assertThat(this.client.send(request("[]"), BodyHandlers.discarding()).statusCode()).isEqualTo(400);
	}

	private HttpResponse<InputStream> ask(String prompt) throws IOException, InterruptedException {
		return this.client.send(request("""
				{"model":"grok-3-fast","stream":true,"messages":[{"role":"user","content":"%s"}]}""".formatted(prompt)),
				BodyHandlers.ofInputStream());
	}

	private HttpRequest request(String body) {
		return HttpRequest.newBuilder(URI.create("http://localhost:" + this.port + "/apertis/v1/chat/completions"))
			.header("Content-Type", "application/json")
			.timeout(Duration.ofSeconds(30))
			.POST(BodyPublishers.ofString(body))
			.build();
	}

	private static String read(HttpResponse<InputStream> response) throws IOException {
		try (InputStream body = response.body()) {
			return new String(body.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
