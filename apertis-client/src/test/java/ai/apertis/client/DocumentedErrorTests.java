package ai.apertis.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.upstream.RetryPolicy;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Every error that the gateway documents, and every variant of one that is known, over a
 * real connection. Where the documentation is not beside this clone, there is one of each
 * kind.
 */
class DocumentedErrorTests {

	private static final Path DOCUMENTED = Path.of("..", "..", "shared", "wire", "errors.json");

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final String OWN = """
			{"errors":[{"status":429,"type":"rate_limit_error","code":"rate_limit_exceeded","message":"Slow down",
			"headers":{"Retry-After":"45"},"retryable":true,"body":{"error":{"message":"Slow down",
			"type":"rate_limit_error","code":"rate_limit_exceeded"}}}],
			"variants":[{"status":404,"content_type":"application/json","body":"{\\"detail\\":\\"Not Found\\"}",
			"expect":{"message":"Not Found","type":null,"code":null}}],
			"success_bodies":[{"is_error":true,"body":"{\\"error\\":{\\"message\\":\\"quota exceeded\\"}}"}],
			"stream_errors":[{"sse":"event: error\\ndata: upstream timed out\\n\\n","message":"upstream timed out"}]}""";

	private static SimulatedGateway gateway;

	private static ApertisClient apertis;

	@BeforeAll
	static void start() {
		gateway = SimulatedGateway.start();
		apertis = ApertisClient.builder()
			.baseUrl(gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	@AfterAll
	static void stop() {
		gateway.close();
	}

	@Test
	void theDocumentationIsThere() throws IOException {
		assumeTrue(Files.exists(DOCUMENTED), "Skipped: the documented errors are not beside this clone");
		assertThat(rows("errors")).hasSizeGreaterThanOrEqualTo(25);
	}

	static Stream<JsonNode> errors() throws IOException {
		return rows("errors");
	}

	static Stream<JsonNode> variants() throws IOException {
		return rows("variants");
	}

	static Stream<JsonNode> successBodies() throws IOException {
		return rows("success_bodies");
	}

	static Stream<JsonNode> streamErrors() throws IOException {
		return rows("stream_errors");
	}

	private static Stream<JsonNode> rows(String kind) throws IOException {
		String json = Files.exists(DOCUMENTED) ? Files.readString(DOCUMENTED) : OWN;
		return JsonMapper.shared().readTree(json).path(kind).valueStream();
	}

	@ParameterizedTest
	@MethodSource("errors")
	void readsADocumentedError(JsonNode row) {
		assertFails(reply(row, row.path("body").toString(), "application/json"), row, row);
	}

	@ParameterizedTest
	@MethodSource("variants")
	void readsAVariantOfAnError(JsonNode row) {
		assertFails(reply(row, row.path("body").asString(), row.path("content_type").asString("")), row,
				row.path("expect"));
	}

	private static Reply reply(JsonNode row, String body, String contentType) {
		Reply reply = Reply.status(row.path("status").asInt());
		if (!contentType.isEmpty()) {
			reply = reply.header("Content-Type", contentType);
		}
		for (String name : row.path("headers").propertyNames()) {
			reply = reply.header(name, row.path("headers").path(name).asString());
		}
		return body.isEmpty() ? reply : reply.raw(body);
	}

	private static void assertFails(Reply reply, JsonNode row, JsonNode expected) {
		gateway.replyWith(reply);
		StepVerifier.create(apertis.chat("hello").content()).expectErrorSatisfies((failure) -> {
			ApertisApiException exception = (ApertisApiException) failure;
			assertThat(exception.statusCode()).isEqualTo(row.path("status").asInt());
			assertThat(exception.code().orElse(null)).isEqualTo(expected.path("code").asString(null));
			if (expected.has("message")) {
				assertThat(exception.error().message()).isEqualTo(expected.path("message").asString());
				assertThat(exception.type().orElse(null)).isEqualTo(expected.path("type").asString(null));
			}
			if (!(expected.path("retryable") instanceof MissingNode)) {
				assertThat(exception.isRetryable()).isEqualTo(expected.path("retryable").asBoolean());
			}
			if (expected.has("retry_after_seconds")) {
				assertThat(exception.retryAfter())
					.contains(Duration.ofSeconds(expected.path("retry_after_seconds").asLong()));
			}
			if (expected.has("retry_after_millis")) {
				assertThat(exception.retryAfter())
					.contains(Duration.ofMillis(expected.path("retry_after_millis").asLong()));
			}
		}).verify(LIMIT);
	}

	@ParameterizedTest
	@MethodSource("successBodies")
	void tellsASuccessFromAnError(JsonNode row) {
		Reply reply = Reply.json(200, row.path("body").asString());
		gateway.replyWith(reply, reply);
		boolean error = row.path("is_error").asBoolean();
		assertThat(failure(apertis.chat("hello").call()) != null).isEqualTo(error);
		assertThat(failure(apertis.chat("hello").completion()) != null).isEqualTo(error);
	}

	@ParameterizedTest
	@MethodSource("streamErrors")
	void failsAtAnErrorInsideTheStream(JsonNode row) {
		gateway.replyWith(Reply.stream().content("begun").raw(row.path("sse").asString()));
		ApertisException failure = failure(apertis.chat("hello").completion());
		assertThat(failure).isNotNull();
		assertThat(failure.partialCompletion().orElseThrow().content()).startsWith("begun");
		if (row.path("message").isString()) {
			assertThat(((ApertisApiException) failure).error().message()).isEqualTo(row.path("message").asString());
		}
		else {
			assertThat(failure).isExactlyInstanceOf(StreamInterruptedException.class);
		}
	}

	private static ApertisException failure(Mono<ChatCompletion> call) {
		return call.then(Mono.<ApertisException>empty()).onErrorResume(ApertisException.class, Mono::just).block(LIMIT);
	}

}
