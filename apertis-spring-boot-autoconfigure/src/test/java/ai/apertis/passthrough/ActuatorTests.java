package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ai.apertis.autoconfigure.observation.ContentRedaction;
import ai.apertis.test.Reply;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the actuator, the log and the documentation tell of the calls.
 */
@BothStacks
@ExtendWith(OutputCaptureExtension.class)
class ActuatorTests {

	private static final String[] EXPOSED = { "management.endpoints.web.exposure.include=*",
			"management.endpoint.health.show-details=always", "apertis.chat.model=gpt-4o-mini" };

	@Parameter
	private WebApplicationType type;

	@ParameterizedTest
	@CsvSource({ "200,UP,", "401,DOWN,Invalid key", "403,DOWN,Invalid key", "429,UP," })
	void tellsTheHealthOfTheGatewayAndAsksItOnce(int status, String health, String reason) throws IOException {
		try (TestApplication application = TestApplication.start(this.type, EXPOSED)) {
			Reply reply = (status == 200) ? Reply.json(200, "{\"data\":[]}")
					: Reply.error(status, "t", "c", "Invalid key").header("Retry-After", "3600");
			application.gateway().otherwise((request) -> reply);
			for (int i = 0; i < 2; i++) {
				try (RawExchange exchange = application.get("/actuator/health/apertis")) {
					JsonNode told = TestApplication.json(exchange.text());
					assertThat(told.path("status").asString()).isEqualTo(health);
					if (reason != null) {
						assertThat(told.path("details").path("reason").asString()).isEqualTo(reason);
					}
				}
			}
			assertThat(application.gateway().requests()).singleElement()
				.satisfies((request) -> assertThat(request.path()).isEqualTo("/v1/models"));
		}
	}

	@Test
	void tellsWhatGoesOnAndStopsAStream() throws IOException {
		try (TestApplication application = TestApplication.start(this.type, EXPOSED)) {
			application.gateway()
				.replyWith(Reply.error(404, "t", "model_not_found", "secret words")
					.header("X-RateLimit-Limit", "1500")
					.header("X-RateLimit-Remaining", "7")
					.header("x-request-id", "req-1"), Reply.stream().content("one").stall());
			try (RawExchange failed = application.post(TestApplication.REQUEST)) {
				assertThat(failed.status()).isEqualTo(404);
			}
			try (RawExchange running = application.post(TestApplication.REQUEST)) {
				assertThat(running.chunk()).contains("\"one\"");
				JsonNode state = state(application);
				assertThat(state.toString()).doesNotContain(TestApplication.KEY, "secret words");
				assertThat(state.path("configuration").path("model").asString()).isEqualTo("gpt-4o-mini");
				assertThat(state.path("calls").path(0).path("model").asString()).isEqualTo("gpt-4o-mini");
				assertThat(state.path("lastFailures").path(0).path("errorType").asString()).isEqualTo("404");
				assertThat(state.path("lastFailures").path(0).path("requestId").asString()).isEqualTo("req-1");
				assertThat(state.path("rateLimit").path("remaining").asInt()).isEqualTo(7);
				String id = state.path("passThrough").path(0).path("id").asString();
				try (RawExchange stop = application.send("DELETE /actuator/apertis/" + id, "", Map.of())) {
					assertThat(stop.status()).isEqualTo(204);
				}
				assertThat(running.text()).contains("stopped_by_operator").doesNotContain("[DONE]");
				try (RawExchange again = application.send("DELETE /actuator/apertis/" + id + "9", "", Map.of())) {
					assertThat(again.status()).isEqualTo(404);
				}
			}
			try (RawExchange info = application.get("/actuator/info")) {
				assertThat(TestApplication.json(info.text()).path("apertis").path("passThrough").asBoolean()).isTrue();
			}
			assertThat(application.context()
				.getBean(MeterRegistry.class)
				.get("apertis.ratelimit.remaining")
				.gauge()
				.value()).isEqualTo(7);
		}
	}

	@Test
	void tellsWhoIsNearALimit() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"management.endpoints.web.exposure.include=apertis", "apertis.pass-through.per-user.max-streams=1",
				"apertis.pass-through.per-user.tokens=100", "apertis.pass-through.per-user.requests-per-minute=100")) {
			application.gateway()
				.replyWith(Reply.stream().content("one").finish("stop").usage(30, 60).done(),
						Reply.stream().content("two").stall());
			try (RawExchange ended = application.post(TestApplication.REQUEST)) {
				assertThat(ended.text()).contains("[DONE]");
			}
			try (RawExchange running = application.post(TestApplication.REQUEST)) {
				assertThat(running.chunk()).contains("two");
				JsonNode near = state(application).path("nearLimits");
				// ninety, the prompt of the second one, and its first token
				assertThat(near.valueStream().map((use) -> use.path("limit").asString() + " " + use.path("used")))
					.containsExactly("streams 1", "tokens 99");
				assertThat(near.path(0).path("user").asString()).isNotEmpty();
				MeterRegistry registry = application.context().getBean(MeterRegistry.class);
				assertThat(Stream.of("streams", "requests", "tokens")
					.map((limit) -> registry.get("apertis.pass-through.users.near-limit")
						.tag("limit", limit)
						.gauge()
						.value()))
					.containsExactly(1.0, 0.0, 1.0);
			}
		}
	}

	@Test
	void documentsEveryMeter() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.metrics.compatibility=spring-ai,otel-1.41", "apertis.metrics.prices[gpt-4o-mini].input=1")) {
			application.gateway()
				.replyWith(Reply.error(503, "t", "c", "m"),
						Reply.stream().content("a", "b").finish("stop").usage(1, 2).done());
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				assertThat(exchange.text()).contains("[DONE]");
			}
			try (RawExchange exchange = application.post("[]")) {
				assertThat(exchange.status()).isEqualTo(400);
			}
			String table = Files.readString(Path.of("..", "docs", "observability.md"));
			List<String> names = application.context()
				.getBean(MeterRegistry.class)
				.getMeters()
				.stream()
				.map(Meter::getId)
				.map(Meter.Id::getName)
				.filter((name) -> name.startsWith("gen_ai.") || name.startsWith("apertis."))
				.distinct()
				.toList();
			assertThat(names).hasSizeGreaterThan(14)
				.allSatisfy((name) -> assertThat(table).contains("| `" + name + "` |"));
		}
	}

	@Test
	void logsAFailedCallWithItsTraceAndWithoutContent(CapturedOutput output) throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, Tracing.class), "logging.structured.format.console=logstash")) {
			application.gateway().replyWith(Reply.stream().content("tale").usage(3, 1).cut());
			try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("hi", "confidential"))) {
				assertThat(exchange.text()).contains("stream_interrupted");
			}
			Awaitility.await().untilAsserted(() -> {
				String line = output.getAll()
					.lines()
					.filter((text) -> text.contains("Chat call interrupted"))
					.findFirst()
					.orElse("");
				assertThat(line).contains(" error_type=StreamInterruptedException",
						"\"error_type\":\"StreamInterruptedException\"", "\"output_tokens\":1", "\"traceId\":");
			});
			assertThat(output.getAll()).doesNotContain("confidential", "tale");
		}
	}

	@Test
	void warnsOnceOfAFailureWithTheModelAndTheIdOfTheRequest(CapturedOutput output) throws IOException {
		try (TestApplication application = TestApplication.start(this.type)) {
			application.gateway()
				.replyWith(Reply.error(402, "billing_error", "payment_failed", "No money")
					.header("x-request-id", "req-1"));
			try (RawExchange exchange = application
				.post(TestApplication.REQUEST.replace("gpt-4o-mini", "unheard-of"))) {
				assertThat(exchange.status()).isEqualTo(502);
			}
			List<String> warnings = output.getAll()
				.lines()
				.filter((line) -> line.contains("No money") || line.contains("unheard-of") || line.contains("account"))
				.toList();
			assertThat(warnings).singleElement()
				.asString()
				.contains("Chat call failed model=unheard-of ", " request_id=req-1 error_type=402 reason=402 No money");
		}
	}

	@Test
	void keepsItsNamesWhateverTheApplicationsJsonIsLike() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"management.endpoints.web.exposure.include=*", "spring.jackson.property-naming-strategy=SNAKE_CASE",
				"spring.jackson.default-property-inclusion=non_null")) {
			JsonNode state = state(application);
			assertThat(state.propertyNames()).contains("passThrough", "nearLimits", "lastFailures");
			assertThat(state.path("configuration").propertyNames()).contains("baseUrl", "firstChunkTimeout");
		}
	}

	@Test
	void tellsTheServersMetricThatAStreamThatIsBrokenOffIsNoSuccess() throws IOException {
		try (TestApplication application = TestApplication.start(this.type)) {
			application.gateway().replyWith(Reply.answer("a"), Reply.stream().content("a").cut());
			try (RawExchange whole = application.post(TestApplication.REQUEST)) {
				assertThat(whole.text()).endsWith("data: [DONE]\n\n");
			}
			try (RawExchange broken = application.post(TestApplication.REQUEST)) {
				assertThat(broken.text()).contains("stream_interrupted");
			}
			MeterRegistry meters = application.context().getBean(MeterRegistry.class);
			Awaitility.await()
				.untilAsserted(() -> assertThat(meters.find("http.server.requests")
					.tag("uri", TestApplication.PATH)
					.timers()
					.stream()
					.collect(Collectors.toMap((timer) -> timer.getId().getTag("outcome"), Timer::count)))
					.isEqualTo(Map.of("SUCCESS", 1L, "SERVER_ERROR", 1L)));
		}
	}

	@Test
	void keepsContentOnlyIfWantedAndRedacted(CapturedOutput output) throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, Redacting.class), "apertis.metrics.content.logs=true",
				"logging.structured.format.console=logstash")) {
			application.gateway().replyWith(Reply.answer("once upon", " a time"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("hi", "confidential tale"))) {
				assertThat(exchange.text()).contains("[DONE]");
			}
			Awaitility.await()
				.untilAsserted(() -> assertThat(output.getAll()).contains("*** tale", "once upon a time"));
			assertThat(output.getAll()).doesNotContain("confidential");
		}
	}

	private static JsonNode state(TestApplication application) throws IOException {
		try (RawExchange exchange = application.get("/actuator/apertis")) {
			return TestApplication.json(exchange.text());
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Redacting {

		@Bean
		ContentRedaction redaction() {
			return (text) -> text.replace("confidential", "***");
		}

	}

}
