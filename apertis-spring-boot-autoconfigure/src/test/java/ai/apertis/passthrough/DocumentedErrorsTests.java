package ai.apertis.passthrough;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import ai.apertis.test.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every error that the gateway documents, before and inside a stream.
 */
@BothStacks
class DocumentedErrorsTests {

	private static final Path FILE = Path.of("..", "..", "shared", "wire", "errors.json");

	private static TestApplication application;

	@Parameter
	private WebApplicationType type;

	@BeforeParameterizedClassInvocation
	static void start(WebApplicationType type) {
		Assumptions.assumeTrue(Files.exists(FILE), "Skipped: the documentation is not beside this clone");
		application = TestApplication.start(type, "apertis.retry.max-retries=0");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		if (application != null) {
			application.close();
		}
	}

	@AfterEach
	void forget() {
		application.gateway().reset();
	}

	static Stream<JsonNode> errors() {
		return rows("errors").filter((row) -> row.path("status").isNumber());
	}

	static Stream<JsonNode> variants() {
		return rows("variants");
	}

	static Stream<JsonNode> streamErrors() {
		return rows("stream_errors");
	}

	private static Stream<JsonNode> rows(String kind) {
		try {
			return JsonMapper.shared().readTree(Files.readString(FILE)).path(kind).valueStream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@ParameterizedTest
	@MethodSource("errors")
	void beforeTheStreamKeepsItsStatusUnlessItIsTheOwnersTrouble(JsonNode row) throws IOException {
		int status = row.path("status").asInt();
		String body = row.path("body").toString();
		application.gateway().replyWith(Reply.json(status, body), Reply.json(status, body));
		for (String request : new String[] { TestApplication.REQUEST,
				TestApplication.REQUEST.replace("true", "false") }) {
			try (RawExchange exchange = application.post(request)) {
				boolean owners = status == 401 || status == 402;
				assertThat(exchange.status()).isEqualTo(owners ? 502 : status);
				String answer = exchange.text();
				if (owners) {
					assertThat(answer).doesNotContain(row.path("message").asString());
				}
				else {
					assertThat(answer).isEqualTo(body);
				}
			}
		}
	}

	@ParameterizedTest
	@MethodSource("variants")
	void inOtherShapesIsToldInTheUsualOne(JsonNode row) throws IOException {
		int status = row.path("status").asInt();
		application.gateway()
			.replyWith(Reply.status(status)
				.header("Content-Type", row.path("content_type").asString("application/json"))
				.raw(row.path("body").asString("")));
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			assertThat(exchange.status()).isBetween(400, 599).isNotEqualTo(401);
			assertThat(TestApplication.error(exchange.text()).path("message").asString()).isNotBlank();
		}
	}

	@ParameterizedTest
	@MethodSource("errors")
	void insideTheStreamIsRelayed(JsonNode row) throws IOException {
		int status = row.path("status").asInt();
		application.gateway().replyWith(Reply.stream().content("half").event("", row.path("body").toString()));
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			String body = exchange.text();
			boolean owners = status == 401 || status == 402;
			assertThat(body).contains("\"half\"").doesNotContain("[DONE]");
			assertThat(body.contains("data: " + row.path("body"))).isEqualTo(!owners);
			assertThat(exchange.isTerminated()).isFalse();
		}
	}

	@ParameterizedTest
	@MethodSource("streamErrors")
	void insideTheStreamInOtherShapesEndsItWithAnError(JsonNode row) throws IOException {
		application.gateway().replyWith(Reply.stream().content("half").raw(row.path("sse").asString()));
		try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
			String body = exchange.text();
			assertThat(body).contains("\"half\"", "\"error\"").doesNotContain("[DONE]");
			assertThat(exchange.isTerminated()).isFalse();
		}
	}

}
