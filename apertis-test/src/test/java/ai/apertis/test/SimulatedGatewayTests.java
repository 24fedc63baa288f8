package ai.apertis.test;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.netty.ChannelBindException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the gateway puts on the wire, seen by a plain socket.
 */
class SimulatedGatewayTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private SimulatedGateway gateway;

	private Socket socket;

	@BeforeEach
	void start() throws IOException {
		this.gateway = SimulatedGateway.start();
		this.socket = new Socket("127.0.0.1", this.gateway.port());
		this.socket.setSoTimeout(10_000);
	}

	@AfterEach
	void stop() throws IOException {
		this.socket.close();
		this.gateway.close();
	}

	@Test
	void playsTheScriptByteForByte() throws IOException {
		this.gateway.replyWith(Reply.stream()
			.header("X-Request-Id", "req-1")
			.comment("hi")
			.content("a\"b")
			.raw("data:\r\r")
			.byteByByte(new byte[] { (byte) 0xF0, (byte) 0x9F })
			.done());
		send("{}");
		assertThat(head()).startsWith("HTTP/1.1 200 OK\r\n")
			.containsIgnoringCase("content-type: text/event-stream; charset=utf-8\r\n")
			.containsIgnoringCase("x-request-id: req-1\r\n")
			.containsIgnoringCase("transfer-encoding: chunked\r\n");
		assertThat(chunk()).isEqualTo(": hi\n\n");
		assertThat(chunk()).isEqualTo("""
				data: {"id":"chatcmpl-simulated","object":"chat.completion.chunk","created":1767225600,\
				"model":"simulated-model","choices":[{"index":0,"delta":{"content":"a\\"b"},"finish_reason":null}]}

				""");
		assertThat(chunk()).isEqualTo("data:\r\r");
		assertThat(chunk()).isEqualTo("\u00F0");
		assertThat(chunk()).isEqualTo("\u009F");
		assertThat(chunk()).isEqualTo("data: [DONE]\n\n");
		assertThat(chunk()).isEmpty();
	}

	@Test
	void recordsTheRequest() throws Exception {
		this.gateway.replyWith(Reply.answer("a"));
		send("{\"model\":\"ä\"}");
		head();
		RecordedRequest request = this.gateway.takeRequest();
		assertThat(request).hasToString("POST /v1/chat/completions");
		assertThat(request.header("x-custom")).contains("1");
		assertThat(request.header("X-CUSTOM")).contains("1");
		assertThat(request.body()).isEqualTo("{\"model\":\"ä\"}");
		assertThat(this.gateway.requests()).containsExactly(request);
		assertThat(request.closedAt()).isEmpty();
		this.socket.close();
		assertThat(request.awaitClosed(SOON)).isTrue();
		assertThat(request.closedAt()).isPresent();
	}

	@Test
	void holdsUntilItIsReleased() throws Exception {
		this.gateway.replyWith(Reply.stream().raw("one").hold().raw("two"));
		send("{}");
		head();
		assertThat(chunk()).isEqualTo("one");
		this.socket.setSoTimeout(200);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(this::chunk);
		this.socket.setSoTimeout(10_000);
		this.gateway.release();
		assertThat(chunk()).isEqualTo("two");
	}

	@Test
	void cutsTheConnectionWithoutATerminatingChunk() throws IOException {
		this.gateway.replyWith(Reply.stream().raw("half").cut());
		send("{}");
		head();
		assertThat(chunk()).isEqualTo("half");
		assertThat(this.socket.getInputStream().read()).isEqualTo(-1);
	}

	@Test
	void resetsTheConnection() throws IOException {
		this.gateway.replyWith(Reply.stream().raw("half").hold().reset());
		send("{}");
		head();
		assertThat(chunk()).isEqualTo("half");
		this.gateway.release();
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> this.socket.getInputStream().read());
	}

	@Test
	void hangsUpWithoutAnAnswer() throws IOException {
		this.gateway.replyWith(Reply.hangUp());
		send("{}");
		assertThat(this.socket.getInputStream().read()).isEqualTo(-1);
	}

	@Test
	void staysSilent() throws IOException {
		this.gateway.replyWith(Reply.never());
		send("{}");
		this.socket.setSoTimeout(200);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> this.socket.getInputStream().read());
	}

	@Test
	void repeatsTheSameBytes() throws IOException {
		this.gateway.replyWith(Reply.stream().repeat("x", 3, Duration.ofMillis(1)).done());
		send("{}");
		head();
		assertThat(chunk()).contains("\"x\"");
		assertThat(chunk()).contains("\"x\"");
		assertThat(chunk()).contains("\"x\"");
		assertThat(chunk()).contains("[DONE]");
	}

	@Test
	void tellsWhenTheScriptHasNoReplyLeft() throws IOException {
		send("{}");
		assertThat(head()).startsWith("HTTP/1.1 500");
		assertThat(chunk()).contains("has no reply left for POST /v1/chat/completions");
	}

	@Test
	void writesToolCallsUsageAndErrors() throws IOException {
		this.gateway.replyWith(Reply.stream()
			.model("m")
			.toolCall(1, "call_1", "weather", "{\"a\":1}")
			.finish("tool_calls")
			.usage(3, 4)
			.errorEvent("server_error", "internal_error", "Oops"));
		send("{}");
		head();
		assertThat(chunk()).contains("\"model\":\"m\"",
				"{\"index\":1,\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"\"}}");
		assertThat(chunk()).contains("{\"index\":1,\"function\":{\"arguments\":\"{\\\"a\\\":1}\"}}");
		assertThat(chunk()).contains("\"finish_reason\":\"tool_calls\"");
		assertThat(chunk())
			.contains("\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}");
		assertThat(chunk()).isEqualTo(
				"data: {\"error\":{\"message\":\"Oops\",\"type\":\"server_error\",\"code\":\"internal_error\"}}\n\n");
	}

	@Test
	void beginsAnewWhenReset() throws Exception {
		this.gateway.replyWith(Reply.stream().content("a").hold().content("b").done());
		send("{}");
		head();
		assertThat(chunk()).contains("\"a\"");
		this.gateway.replyWith(Reply.answer("never")).otherwise((request) -> Reply.json(200, "{}"));
		this.gateway.reset();
		// what holds goes on, so that nothing waits for a release that is meant for
		// another
		assertThat(chunk()).contains("\"b\"");
		assertThat(chunk()).contains("[DONE]");
		assertThat(chunk()).isEmpty();
		assertThat(this.gateway.requests()).isEmpty();
		send("{}");
		assertThat(head()).startsWith("HTTP/1.1 500 ");
		assertThat(chunk()).isNotEmpty();
		assertThat(this.gateway.bytesProduced()).isPositive();
		this.gateway.reset();
		assertThat(this.gateway.bytesProduced()).isZero();
	}

	@Test
	void staysTalkativeWhenReset() throws Exception {
		try (SimulatedGateway talkative = SimulatedGateway.startTalkative()) {
			talkative.otherwise((request) -> Reply.json(418, "{}"));
			talkative.reset();
			assertThat(get(talkative.baseUrl() + "/models")).contains("gpt-4o-mini");
		}
	}

	@Test
	void startsOnAPortOfItsOwn() throws Exception {
		int port;
		try (ServerSocket free = new ServerSocket(0)) {
			port = free.getLocalPort();
		}
		try (SimulatedGateway first = SimulatedGateway.startTalkative(port)) {
			assertThat(first.baseUrl()).isEqualTo("http://127.0.0.1:" + port + "/v1");
			assertThat(get(first.baseUrl() + "/models")).contains("gpt-4o-mini");
			assertThatExceptionOfType(ChannelBindException.class).isThrownBy(() -> SimulatedGateway.start(port))
				.withMessageContaining(String.valueOf(port));
		}
	}

	@Test
	void runsAsAProgram() throws Exception {
		Process program = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), SimulatedGateway.class.getName(), "0")
			.redirectErrorStream(true)
			.start();
		try {
			BufferedReader output = program.inputReader();
			String said = output.lines()
				.filter((line) -> line.contains("The simulated gateway is at"))
				.findFirst()
				.orElseThrow();
			Matcher url = Pattern.compile("http://\\S+/v1").matcher(said);
			assertThat(url.find()).isTrue();
			assertThat(get(url.group() + "/models")).contains("gpt-4o-mini");
			assertThat(program.isAlive()).isTrue();
		}
		finally {
			program.destroy();
		}
	}

	private static String get(String url) throws Exception {
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer k").build(),
					BodyHandlers.ofString())
			.body();
	}

	private void send(String body) throws IOException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		ByteArrayOutputStream request = new ByteArrayOutputStream();
		request.writeBytes(("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Custom: 1\r\nContent-Length: "
				+ bytes.length + "\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII));
		request.writeBytes(bytes);
		this.socket.getOutputStream().write(request.toByteArray());
	}

	private String head() throws IOException {
		StringBuilder head = new StringBuilder();
		while (head.indexOf("\r\n\r\n") < 0) {
			head.append(line()).append("\r\n");
		}
		return head.toString();
	}

	private String chunk() throws IOException {
		int length = Integer.parseInt(line(), 16);
		String chunk = new String(this.socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
		line();
		return chunk;
	}

	private String line() throws IOException {
		InputStream in = this.socket.getInputStream();
		StringBuilder line = new StringBuilder();
		for (int c = in.read(); c != -1 && c != '\n'; c = in.read()) {
			if (c != '\r') {
				line.append((char) c);
			}
		}
		return line.toString();
	}

}
