package ai.apertis.passthrough;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many clients at a time, and slow ones.
 */
@BothStacks
class LoadTests {

	private static final Duration PATIENCE = Duration.ofSeconds(90);

	private static final int EVENTS = 20;

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	private final ConnectionProvider connections = ConnectionProvider.builder("clients")
		.maxConnections(2_000)
		.pendingAcquireMaxCount(-1)
		.build();

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type, "apertis.pass-through.max-streams=2000",
				"server.tomcat.max-connections=4000", "server.tomcat.accept-count=2000");
	}

	@AfterEach
	void stop() {
		this.connections.disposeLater().block(PATIENCE);
		this.application.close();
	}

	@Test
	void completesAThousandPacedStreamsInOrder() {
		List<String> content = IntStream.range(0, EVENTS).mapToObj((i) -> "event " + i + ";").toList();
		Reply paced = Reply.stream()
			.role()
			.hold()
			.paced(Duration.ofMillis(50), content)
			.finish("stop")
			.usage(1, EVENTS)
			.done();
		this.application.gateway().otherwise((request) -> paced);
		ActiveStreams active = this.application.context().getBean(ActiveStreams.class);
		CompletableFuture<List<String>> all = Flux.range(0, 1_000)
			.flatMap((i) -> stream().aggregate().asString(StandardCharsets.UTF_8), 1_000)
			.collectList()
			.toFuture();
		Awaitility.await().atMost(PATIENCE).until(() -> this.application.gateway().requests().size() == 1_000);
		assertThat(active.count()).isEqualTo(1_000);
		Awaitility.await().atMost(PATIENCE).until(() -> {
			// the last may not have come to its hold yet
			this.application.gateway().release();
			return all.isDone();
		});
		List<String> answers = all.join();
		assertThat(answers).hasSize(1_000).allSatisfy((answer) -> {
			assertThat(answer).endsWith("data: [DONE]\n\n");
			assertThat(content(answer)).isEqualTo(String.join("", content));
		});
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> this.application.calls("completed") == 1_000
					&& this.application.tokens("output_tokens") == 1_000 * EVENTS);
		Awaitility.await().atMost(PATIENCE).until(() -> active.count() == 0);
	}

	@Test
	void leavesNothingBehindOfFiveHundredClientsThatHangUp() {
		this.application.gateway()
			.otherwise((request) -> Reply.stream().repeat("on and on ", 1_000_000, Duration.ofMillis(50)));
		Flux.range(0, 500).flatMap((i) -> stream().asString().take(1 + i % 5), 500).blockLast(PATIENCE);
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> this.application.gateway()
				.requests()
				.stream()
				.map(RecordedRequest::closedAt)
				.allMatch((closed) -> closed.isPresent()));
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> this.application.calls("cancelled") == 500 && this.application.active() == 0);
		assertThat(this.application.context().getBean(ActiveStreams.class).count()).isZero();
		assertThat(this.application.gateway().openConnections()).isZero();
	}

	@Test
	void keepsTheHeapFlatForAClientThatReadsSlowly() throws Exception {
		this.application.gateway().replyWith(Reply.stream().repeat("x".repeat(4_000), Long.MAX_VALUE, Duration.ZERO));
		try (Socket socket = new Socket("127.0.0.1", this.application.port())) {
			socket.setReceiveBufferSize(4_096);
			socket.setSoTimeout(20_000);
			byte[] body = TestApplication.REQUEST.getBytes(StandardCharsets.UTF_8);
			socket.getOutputStream()
				.write(("POST " + TestApplication.PATH
						+ " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
						+ body.length + "\r\n\r\n")
					.getBytes(StandardCharsets.US_ASCII));
			socket.getOutputStream().write(body);
			InputStream in = socket.getInputStream();
			readSlowly(in, 3);
			long produced = this.application.gateway().bytesProduced();
			long heap = usedHeap();
			readSlowly(in, 5);
			assertThat(this.application.gateway().bytesProduced() - produced).isLessThan(16 << 20);
			assertThat(usedHeap() - heap).isLessThan(16 << 20);
		}
	}

	/**
	 * One kilobyte in a second.
	 */
	private static void readSlowly(InputStream in, int kilobytes) {
		Flux.interval(Duration.ofSeconds(1)).take(kilobytes).concatMap((tick) -> Mono.fromCallable(() -> {
			assertThat(in.readNBytes(1_024)).hasSize(1_024);
			return tick;
		})).blockLast(PATIENCE);
	}

	private static long usedHeap() throws IOException {
		List<Long> readings = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			System.gc();
			readings.add(Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
		}
		return readings.stream().mapToLong(Long::longValue).min().orElseThrow();
	}

	private ByteBufFlux stream() {
		return HttpClient.create(this.connections)
			.headers((headers) -> headers.set("Content-Type", "application/json"))
			.post()
			.uri("http://127.0.0.1:" + this.application.port() + TestApplication.PATH)
			.send(ByteBufFlux.fromString(Mono.just(TestApplication.REQUEST)))
			.responseContent();
	}

	private static String content(String answer) {
		Matcher matcher = Pattern.compile("\"content\":\"([^\"]*)\"").matcher(answer);
		StringBuilder content = new StringBuilder();
		while (matcher.find()) {
			content.append(matcher.group(1));
		}
		return content.toString();
	}

}
