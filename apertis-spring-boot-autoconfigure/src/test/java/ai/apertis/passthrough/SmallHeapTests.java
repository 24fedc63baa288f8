package ai.apertis.passthrough;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;

import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process with a small heap, which ends at the first {@link OutOfMemoryError}: whatever
 * clients send, and whatever they do not read, it goes on, and serves an ordinary stream
 * beside it.
 */
@BothStacks
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class SmallHeapTests {

	/** Hundreds of megabytes go through a process that has hardly any. */
	private static final Duration LIMIT = Duration.ofMinutes(4);

	private static final int BODY = 9_900_000;

	private static final int EVENT = 7_900_000;

	private static final int REQUESTS = 24;

	private static final Reply LARGE = Reply.stream()
		.content("x".repeat(EVENT), "y".repeat(EVENT))
		.finish("stop")
		.usage(1, 2)
		.done();

	private static final Reply WHOLE = Reply.completion("x".repeat(EVENT), 1, 2);

	@Parameter
	private WebApplicationType type;

	@TempDir
	private Path folder;

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private final List<Socket> sockets = new ArrayList<>();

	private Process process;

	private int port;

	@BeforeEach
	void start() throws IOException {
		answer();
		this.process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx224m", "-XX:+ExitOnOutOfMemoryError", "-Dspring.devtools.restart.enabled=false", "-cp",
				System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
				DevtoolsApplication.class.getName(), "--server.port=0",
				"--spring.main.web-application-type=" + this.type.name().toLowerCase(Locale.ROOT),
				"--apertis.api-key=key", "--apertis.base-url=" + this.gateway.baseUrl(),
				"--apertis.pass-through.enabled=true", "--apertis.pass-through.request-timeout=5s",
				"--" + TestApplication.WITHOUT_JETTY, "--" + DevtoolsApplication.FOLDER + "=" + this.folder)
			.redirectErrorStream(true)
			.redirectOutput(this.folder.resolve("log.txt").toFile())
			.start();
		Path file = this.folder.resolve("port-1");
		Awaitility.await()
			.atMost(Duration.ofSeconds(90))
			.until(() -> !this.process.isAlive() || (Files.exists(file) && !Files.readString(file).isEmpty()));
		assertAlive();
		this.port = Integer.parseInt(Files.readString(file));
	}

	/**
	 * Answer by the prompt, and forget the requests so far, which are large too.
	 */
	private void answer() {
		this.gateway.reset();
		this.gateway.otherwise((request) -> {
			if (request.body().contains("large")) {
				return LARGE;
			}
			return request.body().contains("whole") ? WHOLE : Reply.answer("one", "two");
		});
	}

	@AfterEach
	void stop() throws Exception {
		for (Socket socket : this.sockets) {
			socket.close();
		}
		this.process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
		this.gateway.close();
	}

	@Test
	void goesOn() throws IOException {
		byte[] small = bytes("{\"model\":\"m\",\"stream\":true,\"x\":[" + "1,".repeat(BODY / 2) + "1]}");
		assertServesBeside(8, small, small.length, "");
		byte[] models = bytes("{\"model\":\"m\",\"stream\":true,\"models\":[" + "\"m\",".repeat(90_000) + "\"m\"]}");
		assertServesBeside(REQUESTS, models, models.length, "");
		byte[] large = bytes(request("x".repeat(BODY), true));
		assertServesBeside(REQUESTS, large, large.length, "");
		assertServesBeside(REQUESTS, Arrays.copyOf(large, BODY - 1_000), BODY, "");
		byte[] zipped = zipped(large);
		assertServesBeside(2 * REQUESTS, zipped, zipped.length, "Content-Encoding: gzip\r\n");
		byte[] stream = bytes(request("large", true));
		assertServesBeside(REQUESTS, stream, stream.length, "");
		byte[] whole = bytes(request("whole", false));
		assertServesBeside(REQUESTS, whole, whole.length, "");
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	private static byte[] zipped(byte[] body) throws IOException {
		ByteArrayOutputStream zipped = new ByteArrayOutputStream();
		try (GZIPOutputStream zip = new GZIPOutputStream(zipped)) {
			zip.write(body);
		}
		return zipped.toByteArray();
	}

	@Test
	void deliversManyLargeEvents() {
		List<Long> received = Flux.range(0, REQUESTS).flatMap((i) -> Mono.fromCallable(() -> {
			try (RawExchange exchange = RawExchange.post(this.port, TestApplication.PATH, request("large", true))) {
				return exchange.length();
			}
		}).subscribeOn(Schedulers.boundedElastic()), REQUESTS).collectList().block(LIMIT);
		assertThat(received).hasSize(REQUESTS).allSatisfy((length) -> assertThat(length).isGreaterThan(2 * EVENT));
		assertAlive();
	}

	private static String request(String prompt, boolean streaming) {
		return "{\"model\":\"m\",\"stream\":" + streaming + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt
				+ "\"}]}";
	}

	/**
	 * Send requests whose answers nobody reads, and meanwhile ordinary ones.
	 */
	private void assertServesBeside(int requests, byte[] body, int length, String header) throws IOException {
		byte[] head = bytes(
				"POST " + TestApplication.PATH + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
						+ header + "Content-Length: " + length + "\r\n\r\n");
		List<Thread> senders = new ArrayList<>();
		List<Socket> opened = new ArrayList<>();
		for (int i = 0; i < requests; i++) {
			Socket socket = new Socket();
			socket.setReceiveBufferSize(4_096);
			socket.connect(new InetSocketAddress("127.0.0.1", this.port));
			opened.add(socket);
			senders.add(new Thread(() -> send(socket, head, body)));
		}
		this.sockets.addAll(opened);
		senders.forEach(Thread::start);
		for (int i = 0; i < 3; i++) {
			assertServes();
		}
		for (Thread sender : senders) {
			Awaitility.await().atMost(LIMIT).until(() -> !sender.isAlive());
		}
		assertServes();
		for (Socket socket : opened) {
			socket.close();
		}
		answer();
		assertServes();
	}

	private static void send(Socket socket, byte[] head, byte[] body) {
		try {
			socket.getOutputStream().write(head);
			socket.getOutputStream().write(body);
		}
		catch (IOException ex) {
			// refused before all of it was sent
			assertThat(ex).isNotNull();
		}
	}

	private void assertServes() {
		assertAlive();
		Awaitility.await().atMost(LIMIT).failFast(this::assertAlive).ignoreExceptions().untilAsserted(() -> {
			try (RawExchange exchange = RawExchange.post(this.port, TestApplication.PATH, TestApplication.REQUEST)) {
				assertThat(exchange.status()).isEqualTo(200);
				assertThat(exchange.text()).contains("\"one\"", "\"two\"").endsWith("data: [DONE]\n\n");
			}
		});
	}

	private void assertAlive() {
		assertThat(this.process.isAlive()).as(this::log).isTrue();
		assertThat(log()).doesNotContain("OutOfMemoryError");
	}

	private String log() {
		try {
			return Files.readString(this.folder.resolve("log.txt"));
		}
		catch (IOException ex) {
			return "no log";
		}
	}

}
