package ai.apertis.passthrough;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an attacker would try: nothing leaks, nothing is a fault of the server, and
 * nothing reaches the gateway that should not.
 */
@BothStacks
class AttackTests {

	private static final String BODY = "{\"model\":\"m\",\"stream\":true,\"messages\":[]}";

	private static TestApplication application;

	@Parameter
	private WebApplicationType type;

	@BeforeParameterizedClassInvocation
	static void start(WebApplicationType type) {
		application = TestApplication.start(type, "apertis.pass-through.max-request-size=1MB");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		application.close();
	}

	@BeforeEach
	void answerAnything() {
		application.gateway().otherwise((request) -> Reply.answer("reached"));
	}

	@AfterEach
	void nothingElseHasReachedTheGateway() throws IOException {
		for (RecordedRequest request : application.gateway().requests()) {
			assertThat(request.method() + " " + request.path()).isIn("POST /v1/chat/completions", "GET /v1/models");
			assertThat(request.header("Authorization")).contains("Bearer " + TestApplication.KEY);
			assertThat(request.header("Host")).contains("127.0.0.1:" + application.gateway().port());
			assertThat(request.headers()).doesNotContainKey("X-Smuggled");
		}
		application.gateway().reset();
		answerAnything();
		try (RawExchange exchange = application.post(BODY)) {
			assertThat(exchange.text()).contains("reached");
		}
		application.gateway().reset();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/apertis/v1/embeddings", "/apertis/v1/responses", "/apertis/v1/models/../embeddings",
			"/apertis/v1/chat/completions/../../embeddings", "/apertis/v1/chat/completions/%2e%2e/%2e%2e/embeddings",
			"/apertis/v1/chat/completions/..%2f..%2fembeddings", "/apertis/v1/chat/completions/",
			"/apertis/v1/chat/completions;/../../embeddings", "/apertis/v1/chat/completions%00",
			"/apertis/v1/chat/completions%0d%0aX-Smuggled:1", "/apertis/v1//chat/completions",
			"//apertis/v1/chat/completions", "/apertis/v1/chat%2fcompletions", "/apertis/v1/chat/completions%20",
			"/apertis/v1/chat\\completions", "/apertis/v1/CHAT/completions", "/v1/chat/completions",
			"/apertis/client.js/../v1/embeddings", "/apertis/../v1/chat/completions", "/apertis/v1/models/gpt-4o" })
	void reachesNoOtherEndpoint(String path) throws IOException {
		for (String method : new String[] { "POST ", "GET " }) {
			try (RawExchange exchange = application.send(method + path, BODY,
					Map.of("Content-Type", "application/json", "Connection", "close"))) {
				assertThat(exchange.status()).isBetween(400, 499);
			}
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/apertis/v1/chat/completions?model=x&key=y", "/apertis/v1/chat/completions#x",
			"http://evil.example/apertis/v1/chat/completions", "/apertis/v1/chat/%63ompletions",
			"/apertis/v1/chat/completions;a=b" })
	void sendsNothingOfThePathUpstream(String path) throws IOException {
		try (RawExchange exchange = application.send("POST " + path, BODY,
				Map.of("Content-Type", "application/json", "Connection", "close"))) {
			assertThat(exchange.status()).isBetween(200, 499);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "post" })
	void answersOtherMethodsWithAnError(String method) throws IOException {
		try (RawExchange exchange = application.send(method + " " + TestApplication.PATH, "",
				Map.of("Connection", "close"))) {
			assertThat(exchange.status()).isBetween(400, 501);
			assertThat(exchange.status()).isNotEqualTo(500);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "*/*", "application/*", "text/plain", "application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x", "text/plain; application/json", "application/json2",
			"application/vnd.api+json", "/", ";", "application", "application/json/x", "\u0001" })
	void refusesOtherContentTypes(String type) throws IOException {
		try (RawExchange exchange = application.send("POST " + TestApplication.PATH, BODY,
				Map.of("Content-Type", type, "Connection", "close"))) {
			assertThat(exchange.status()).isIn(400, 415);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "Accept: image/png", "Accept: rubbish", "Accept: ;;;", "Accept-Encoding: gzip",
			"Range: bytes=0-1", "If-None-Match: *", "Accept-Charset: utf-16", "Accept-Language: \u00ff", "Origin: null",
			"Referer: http://evil.example/\u00e9", "X-Forwarded-Host: evil.example", "X-HTTP-Method-Override: DELETE",
			"Last-Event-ID: 7", "Expect: 100-continue", "Connection: close, X-Smuggled" })
	void answersWhateverOtherHeadersSay(String header) throws IOException {
		// a request of which no more than the 100 is awaited may come late, and must not
		// take the reply of another one
		application.gateway()
			.otherwise((request) -> TestApplication.json(request.body()).path("stream").asBoolean() ? Reply.answer("a")
					: Reply.completion("a", 1, 1));
		for (boolean stream : new boolean[] { true, false }) {
			try (RawExchange exchange = application.post(BODY.replace("true", Boolean.toString(stream)), header)) {
				if (exchange.status() == 100) {
					continue;
				}
				assertThat(exchange.status()).isEqualTo(200);
				assertThat(exchange.text()).contains("\"a\"");
			}
		}
		answerAnything();
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /apertis/v1/models HTTP/1.1\r\nX-Smuggled: 1\r\n\r\n",
			"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}", "Content-Length: -1\r\n\r\n{}",
			"Content-Length: 99999999999999999999\r\n\r\n{}", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
			"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
			"Transfer-Encoding: chunked\r\nX-Bad\u0000: 1\r\n\r\n0\r\n\r\n",
			"Content-Length: 2\r\n X-Smuggled: 1\r\n\r\n{}", "Content-Length : 2\r\n\r\n{}",
			"Content-Length: 2\r\nX-A: b\rX-Smuggled: 1\r\n\r\n{}" })
	void letsNothingBeSmuggled(String rest) throws IOException {
		ByteArrayOutputStream request = new ByteArrayOutputStream();
		request.writeBytes(("POST " + TestApplication.PATH
				+ " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n" + rest)
			.getBytes(StandardCharsets.ISO_8859_1));
		try (RawExchange exchange = RawExchange.sendRaw(application.port(), request.toByteArray())) {
			assertThat(exchange.status()).isBetween(400, 501);
			assertThat(exchange.status()).isNotEqualTo(500);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "null", "7", "\"text\"", "[]", "[{\"model\":\"m\"}]", "{\"model\":null}", "{\"model\":{}}",
			"{\"model\":true}", "{\"model\":\"m\",\"n\":true}", "{\"model\":\"m\",\"stream\":1}", "{\"model\":\"m\"",
			"{'model':'m'}", "{\"model\":\"m\",}", "{\"model\":\"m\"}x", "{\"model\":\"m\",\"x\":NaN}",
			"{\"model\":\"m\",\"x\":01}", "{\"model\":\"m\",\"x\":\"\t\"}", "/**/{\"model\":\"m\"}", "{\"\\u00\":1}" })
	void refusesWhatIsNoRequest(String body) throws IOException {
		try (RawExchange exchange = application.post(body)) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(TestApplication.error(exchange.text()).path("message").asString()).isNotBlank();
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"messages\":7", "\"messages\":{\"a\":[null]}", "\"stream_options\":[1]",
			"\"stream_options\":{\"include_usage\":\"no\"}", "\"temperature\":\"hot\"", "\"tools\":false",
			"\"constructor\":{},\"__proto__\":{}", "\"x\":1e-400", "\"x\":123456789012345678901234567890",
			"\"x\":\"\\u0000\\ud800\\u2028\"", "\"model\":\"m\\u2028\"" })
	void leavesWhatOnlyTheGatewayKnowsToTheGateway(String member) throws IOException {
		try (RawExchange exchange = application.post("{\"model\":\"m\",\"stream\":true," + member + "}")) {
			assertThat(exchange.status()).isEqualTo(200);
		}
		assertThat(application.gateway().requests()).singleElement()
			.satisfies((request) -> assertThat(
					TestApplication.json(request.body()).path("stream_options").path("include_usage").asBoolean())
				.isTrue());
	}

	@Test
	void refusesBytesThatAreNoText() throws IOException {
		for (byte[] bad : new byte[][] { { (byte) 0xff, (byte) 0xfe, 0x7b }, { 0x7b, (byte) 0xc0, (byte) 0x80, 0x7d },
				concat("{\"model\":\"m\",\"x\":\"", (byte) 0xff, "\"}"),
				concat("{\"model\":\"m\",\"x\":\"", (byte) 0xc3, "\"}"), new byte[1000],
				{ 0x1f, (byte) 0x8b, 8, 0 } }) {
			try (RawExchange exchange = RawExchange.post(application.port(), TestApplication.PATH, bad,
					Map.of("Content-Type", "application/json"), List.of("Content-Encoding: gzip"))) {
				assertThat(exchange.status()).isEqualTo(400);
			}
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTF-16BE", "UTF-16LE", "UTF-32BE" })
	void sendsOtherEncodingsUpstreamAsUtf8(String charset) throws IOException {
		byte[] body = BODY.getBytes(Charset.forName(charset));
		try (RawExchange exchange = RawExchange.post(application.port(), TestApplication.PATH, body,
				Map.of("Content-Type", "application/json;charset=" + charset), List.of())) {
			assertThat(exchange.status()).isIn(200, 400);
		}
		assertThat(application.gateway().requests()).allSatisfy(
				(request) -> assertThat(TestApplication.json(request.body()).path("model").asString()).isEqualTo("m"));
	}

	@Test
	void refusesBodiesThatAreTooLargeHoweverTheyAreSent() throws IOException {
		String tooLarge = "{\"model\":\"m\",\"x\":\"" + "x".repeat(1_100_000) + "\"}";
		try (RawExchange exchange = application.post(tooLarge)) {
			assertThat(exchange.status()).isEqualTo(413);
		}
		StringBuilder chunked = new StringBuilder("POST " + TestApplication.PATH
				+ " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
		for (int i = 0; i < 11; i++) {
			chunked.append(Integer.toHexString(100_000)).append("\r\n").append(" ".repeat(100_000)).append("\r\n");
		}
		chunked.append("0\r\n\r\n");
		try (RawExchange exchange = RawExchange.sendRaw(application.port(),
				chunked.toString().getBytes(StandardCharsets.US_ASCII))) {
			assertThat(exchange.status()).isEqualTo(413);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@Test
	void refusesHeadersThatAreTooLarge() throws IOException {
		try (RawExchange exchange = application.post(BODY, "X-Large: " + "x".repeat(50_000))) {
			assertThat(exchange.status()).isIn(400, 413, 431);
		}
		assertThat(application.gateway().requests()).isEmpty();
	}

	@Test
	void isNotHurtByAClientThatOffersAnUpgrade() throws Exception {
		HttpResponse<String> response = HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_2)
			.build()
			.send(HttpRequest.newBuilder(URI.create("http://localhost:" + application.port() + TestApplication.PATH))
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString(BODY))
				.build(), BodyHandlers.ofString());
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("reached").endsWith("data: [DONE]\n\n");
		assertThat(application.gateway().requests()).singleElement()
			.satisfies((request) -> assertThat(request.headers()).doesNotContainKeys("Upgrade", "HTTP2-Settings"));
	}

	private static byte[] concat(String start, byte middle, String end) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		bytes.writeBytes(start.getBytes(StandardCharsets.US_ASCII));
		bytes.write(middle);
		bytes.writeBytes(end.getBytes(StandardCharsets.US_ASCII));
		return bytes.toByteArray();
	}

}
