package ai.apertis.client.connection;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ApertisClientBuilder;
import ai.apertis.client.ChatStream;
import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What the pool sees to, over real connections.
 */
class ConnectionPoolTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 102 Processing\r\n\r\n",
			"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n",
			"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n" })
	void passesOverInformationalAnswers(String informational) throws Exception {
		ExecutorService threads = Executors.newCachedThreadPool();
		try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
				ApertisClient apertis = client("http://127.0.0.1:" + server.getLocalPort()).build()) {
			threads.submit(() -> accept(server, threads, informational));
			for (String prompt : List.of("one", "two", "three", "four")) {
				assertThat(answer(apertis, prompt)).isEqualTo(prompt);
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	private static String answer(ApertisClient apertis, String prompt) {
		return apertis.chat(prompt).completion().map(ChatCompletion::content).blockOptional(LIMIT).orElseThrow();
	}

	private static Void accept(ServerSocket server, ExecutorService threads, String informational) throws IOException {
		while (true) {
			Socket socket = server.accept();
			threads.submit(() -> echo(socket, informational));
		}
	}

	/**
	 * Answer each request with its own prompt: what is left over of one would be taken
	 * for the answer to the next.
	 */
	private static Void echo(Socket socket, String informational) throws IOException {
		try (socket) {
			while (true) {
				String prompt = readRequest(socket.getInputStream()).split("\"content\":\"")[1].split("\"")[0];
				write(socket, informational);
				write(socket, streamOf(prompt));
			}
		}
	}

	private static String readRequest(InputStream in) throws IOException {
		StringBuilder head = new StringBuilder();
		while (head.indexOf("\r\n\r\n") < 0) {
			int next = in.read();
			if (next < 0) {
				throw new EOFException();
			}
			head.append((char) next);
		}
		String length = head.toString().toLowerCase(Locale.ROOT).split("content-length: ")[1].split("\r\n")[0];
		return new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.UTF_8);
	}

	private static void write(Socket socket, String text) throws IOException {
		socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
		socket.getOutputStream().flush();
	}

	private static String streamOf(String content) {
		String body = "data: {\"choices\":[{\"delta\":{\"content\":\"" + content
				+ "\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
		return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + body.length() + "\r\n\r\n"
				+ body;
	}

	@Test
	void saysWhatToDoWhenAllConnectionsAreInUse() {
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ApertisClient apertis = client(gateway.baseUrl())
					.connectionLimits(new ConnectionLimits(1, 1, Duration.ofMillis(50), Duration.ofSeconds(30), null))
					.build()) {
			gateway.replyWith(Reply.stream().content("a").stall(), Reply.answer("never"));
			try (ChatStream first = apertis.chat("hello").open()) {
				assertThat(first.iterator().next().content()).isEqualTo("a");
				assertThatExceptionOfType(ConnectionException.class)
					.isThrownBy(() -> apertis.chat("hello").completion().block(LIMIT))
					.withMessageContaining("maxConnections");
			}
			assertThat(gateway.requests()).hasSize(1);
		}
	}

	@Test
	void interruptsOpenStreamsWhenItIsClosed() {
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			gateway.replyWith(Reply.stream().content("a").stall());
			ApertisClient apertis = client(gateway.baseUrl()).build();
			try (ChatStream stream = apertis.chat("hello").open()) {
				assertThat(stream.iterator().next().content()).isEqualTo("a");
				apertis.close();
				assertThatExceptionOfType(StreamInterruptedException.class)
					.isThrownBy(() -> stream.iterator().hasNext());
			}
		}
	}

	@Test
	void makesNoCallAndRepeatsNoneOnceItIsClosed() throws Exception {
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			gateway.replyWith(Reply.never(), Reply.answer("never"));
			ApertisClient apertis = client(gateway.baseUrl()).retryPolicy(RetryPolicy.DEFAULTS).build();
			CompletableFuture<ChatCompletion> pending = apertis.chat("hello").completion().toFuture();
			gateway.takeRequest();
			apertis.close();
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> pending.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
				.withCauseInstanceOf(ClientClosedException.class);
			assertThatExceptionOfType(ClientClosedException.class).isThrownBy(() -> answer(apertis, "again"));
			assertThat(gateway.requests()).hasSize(1);
		}
	}

	@Test
	void doesNotReuseAConnectionThatSwitchesProtocols() throws Exception {
		ExecutorService threads = Executors.newCachedThreadPool();
		try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
				ApertisClient apertis = client("http://127.0.0.1:" + server.getLocalPort()).build()) {
			threads.submit(() -> accept(server, threads,
					"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
			for (int i = 0; i < 3; i++) {
				assertThatExceptionOfType(ConnectionException.class).isThrownBy(() -> answer(apertis, "hello"));
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void repeatsNothingByItself() {
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ApertisClient apertis = client(gateway.baseUrl()).build()) {
			gateway.replyWith(Reply.answer("ok"), Reply.hangUp(), Reply.answer("never"));
			assertThat(answer(apertis, "hello")).isEqualTo("ok");
			assertThatExceptionOfType(ConnectionException.class).isThrownBy(() -> answer(apertis, "hello"));
			assertThat(gateway.requests()).hasSize(2);
		}
	}

	@Test
	void tellsOfItsConnections() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		Metrics.addRegistry(registry);
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ApertisClient apertis = client(gateway.baseUrl()).build()) {
			gateway.replyWith(Reply.stream().content("a").hold().finish("stop").done());
			try (ChatStream stream = apertis.chat("hello").open()) {
				assertThat(stream.iterator().next().content()).isEqualTo("a");
				assertThat(active(registry)).isOne();
				gateway.release();
				stream.forEach((chunk) -> assertThat(chunk.content()).isEmpty());
			}
		}
		finally {
			Metrics.removeRegistry(registry);
		}
	}

	private static double active(SimpleMeterRegistry registry) {
		return registry.get("reactor.netty.connection.provider.active.connections")
			.tag("name", "apertis")
			.gauges()
			.stream()
			.mapToDouble((gauge) -> gauge.value())
			.sum();
	}

	@Test
	void hasMoreConnectionsThanReactorNettysOwn() {
		int streams = 600;
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ApertisClient apertis = client(gateway.baseUrl()).build()) {
			gateway.otherwise((request) -> Reply.stream().content("a").stall());
			List<ChatStream> open = Stream.generate(() -> apertis.chat("hello").open()).limit(streams).toList();
			open.forEach((stream) -> assertThat(stream.iterator().next().content()).isEqualTo("a"));
			assertThat(gateway.openConnections()).isEqualTo(streams);
			open.forEach(ChatStream::close);
		}
	}

	@Test
	void refusesLimitsThatMakeNoSense() {
		assertThatIllegalArgumentException().isThrownBy(() -> new ConnectionLimits(0, 1, LIMIT, LIMIT, null));
		assertThatIllegalArgumentException().isThrownBy(() -> new ConnectionLimits(1, 1, Duration.ZERO, LIMIT, null));
	}

	private static ApertisClientBuilder client(String baseUrl) {
		return ApertisClient.builder().baseUrl(baseUrl).apiKey("key").defaultModel("m").retryPolicy(RetryPolicy.NONE);
	}

}
