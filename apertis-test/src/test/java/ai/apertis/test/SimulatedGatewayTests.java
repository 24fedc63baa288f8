package ai.apertis.test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
