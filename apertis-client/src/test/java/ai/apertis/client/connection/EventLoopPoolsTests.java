package ai.apertis.client.connection;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ChatStream;
import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.error.ConnectionLimitException;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.HttpResources;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Calls that are made on event loops, over real connections.
 */
class EventLoopPoolsTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private final List<EventLoop> loops = loops();

	/** The loops that the client connects on, each once. */
	private static List<EventLoop> loops() {
		LoopResources resources = HttpResources.get();
		return Stream.generate(() -> (EventLoop) resources.onClient(true).next()).limit(100).distinct().toList();
	}

	@BeforeEach
	void thereAreSeveral() {
		assertThat(this.loops).hasSizeGreaterThan(1);
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	@Test
	void anAnswerIsReadByTheEventLoopThatAsked() throws Exception {
		try (ApertisClient apertis = client(ConnectionLimits.DEFAULTS)) {
			this.gateway.otherwise((request) -> Reply.answer("ok"));
			for (int round = 0; round < 3; round++) {
				// whose connections wait in the pool, for anybody to take
				assertThat(apertis.chat("hello").content().blockLast(LIMIT)).isEqualTo("ok");
				for (EventLoop loop : this.loops) {
					assertThat(readers(apertis, loop)).containsExactly(thread(loop));
				}
			}
		}
		int connections = this.gateway.requests().size();
		assertThat(connections).isEqualTo(3 * (1 + this.loops.size()));
	}

	private Set<Thread> readers(ApertisClient apertis, EventLoop loop) throws Exception {
		Set<Thread> readers = ConcurrentHashMap.newKeySet();
		CompletableFuture<Void> end = new CompletableFuture<>();
		loop.execute(() -> apertis.chat("hello")
			.content()
			.subscribe((content) -> readers.add(Thread.currentThread()), end::completeExceptionally,
					() -> end.complete(null)));
		end.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
		return readers;
	}

	private static Thread thread(EventLoop loop) throws Exception {
		return loop.submit(Thread::currentThread).get();
	}

	@Test
	void theLimitHoldsForAllEventLoopsTogether() throws Exception {
		try (ApertisClient apertis = client(new ConnectionLimits(1, 10, LIMIT, LIMIT, null))) {
			this.gateway.replyWith(Reply.stream().content("first").hold().finish("stop").done(), Reply.answer("second"),
					Reply.answer("third"));
			CompletableFuture<String> first = ask(apertis, this.loops.get(0));
			this.gateway.takeRequest();
			CompletableFuture<String> second = ask(apertis, this.loops.get(1));
			CompletableFuture<String> third = ask(apertis, this.loops.get(0));
			assertThat(second).isNotDone();
			assertThat(this.gateway.requests()).hasSize(1);
			this.gateway.release();
			assertThat(first.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("first");
			assertThat(second.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("second");
			assertThat(third.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("third");
		}
	}

	private static CompletableFuture<String> ask(ApertisClient apertis, EventLoop loop) throws Exception {
		return loop.submit(() -> apertis.chat("hello").content().reduce(String::concat).toFuture()).get();
	}

	@Test
	void aCallDoesNotWaitBehindTooManyOthers() throws Exception {
		try (ApertisClient apertis = client(new ConnectionLimits(1, 1, LIMIT, LIMIT, null))) {
			this.gateway.replyWith(Reply.stream().content("first").hold().finish("stop").done(),
					Reply.answer("second"));
			CompletableFuture<String> first = ask(apertis, this.loops.get(0));
			this.gateway.takeRequest();
			CompletableFuture<String> second = ask(apertis, this.loops.get(0));
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> ask(apertis, this.loops.get(1)).get(LIMIT.toSeconds(), TimeUnit.SECONDS))
				.withCauseInstanceOf(ConnectionLimitException.class)
				.withMessageContaining("maxConnections");
			this.gateway.release();
			assertThat(first.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("first");
			assertThat(second.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("second");
		}
	}

	@Test
	void aCallThatIsCancelledWhileItWaitsLetsOthersGoFirst() {
		try (ApertisClient apertis = client(new ConnectionLimits(1, 1, LIMIT, LIMIT, null))) {
			this.gateway.replyWith(Reply.stream().content("first").hold().finish("stop").done(), Reply.answer("third"));
			try (ChatStream first = apertis.chat("hello").open()) {
				assertThat(first.iterator().next().content()).isEqualTo("first");
				Disposable second = apertis.chat("hello").content().subscribe();
				second.dispose();
				CompletableFuture<String> third = apertis.chat("hello").content().reduce(String::concat).toFuture();
				assertThat(third).isNotDone();
				this.gateway.release();
				first.forEach((chunk) -> assertThat(chunk.content()).isEmpty());
				assertThat(third).succeedsWithin(LIMIT).isEqualTo("third");
			}
		}
	}

	/**
	 * Whatever becomes of a connection, the next call gets one.
	 */
	@Test
	void aTurnEndsWithTheConnection() {
		try (ApertisClient apertis = client(new ConnectionLimits(1, 1, LIMIT, LIMIT, null))) {
			for (Reply reply : List.of(Reply.hangUp(), Reply.stream().content("a").cut(),
					Reply.stream().content("a").stall(), Reply.json(500, "{}"), Reply.json(200, "no JSON"))) {
				this.gateway.replyWith(reply, Reply.answer("ok"));
				assertThat(apertis.chat("hello").content().take(1).onErrorComplete().blockLast(LIMIT)).isIn(null, "a");
				assertThat(apertis.chat("hello").content().blockLast(LIMIT)).isEqualTo("ok");
			}
		}
	}

	/**
	 * Whose streams are not connections, and go back to no pool.
	 */
	@Test
	void aTurnEndsWithTheStreamOfHttp2() {
		DisposableServer server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.protocol(HttpProtocol.H2C)
			.handle((request, response) -> response.sendString(Mono.just("ok")))
			.bindNow(LIMIT);
		try (ConnectionPool pool = new ConnectionPool("h2c", new ConnectionLimits(1, 1, LIMIT, LIMIT, null))) {
			for (int i = 0; i < 3; i++) {
				assertThat(pool.httpClient()
					.protocol(HttpProtocol.H2C)
					.get()
					.uri("http://127.0.0.1:" + server.port() + "/")
					.responseContent()
					.aggregate()
					.asString()
					.block(LIMIT)).isEqualTo("ok");
			}
		}
		finally {
			server.disposeNow(LIMIT);
		}
	}

	@Test
	void callsThatWaitWhenTheClientIsClosedAreToldSo() {
		ApertisClient apertis = client(new ConnectionLimits(1, 10, LIMIT, LIMIT, null));
		this.gateway.replyWith(Reply.stream().content("a").stall());
		ChatStream first = apertis.chat("hello").open();
		assertThat(first.iterator().next().content()).isEqualTo("a");
		List<CompletableFuture<List<String>>> waiting = Stream
			.generate(() -> apertis.chat("hello").content().collectList().toFuture())
			.limit(10)
			.toList();
		apertis.close();
		assertThat(waiting).allSatisfy((call) -> assertThat(call).failsWithin(LIMIT)
			.withThrowableThat()
			.withCauseInstanceOf(ClientClosedException.class));
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void aTurnEndsIfTheGatewayCannotBeReached() {
		this.gateway.close();
		try (ApertisClient apertis = client(new ConnectionLimits(1, 1, LIMIT, LIMIT, null))) {
			for (int i = 0; i < 3; i++) {
				assertThat(apertis.chat("hello").content().collectList().materialize().blockOptional(LIMIT))
					.hasValueSatisfying((signal) -> assertThat(signal.getThrowable())
						.isNotInstanceOf(ConnectionLimitException.class)
						.hasMessageContaining("No answer"));
			}
		}
	}

	@Test
	void allPoolsHaveOneSetOfMeters() throws Exception {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		Metrics.addRegistry(registry);
		// another test's pools may have had a gateway on the same port
		Set<Meter> others = Set.copyOf(registry.getMeters());
		try {
			try (ApertisClient apertis = client(new ConnectionLimits(3, 5, LIMIT, LIMIT, null))) {
				this.gateway.otherwise((request) -> Reply.stream().content("a").stall());
				List<CompletableFuture<String>> open = Stream
					.of(this.loops.get(0), this.loops.get(1), this.loops.get(0), this.loops.get(1))
					.map((loop) -> {
						try {
							return ask(apertis, loop);
						}
						catch (Exception ex) {
							throw new IllegalStateException(ex);
						}
					})
					.toList();
				Awaitility.await().atMost(LIMIT).until(() -> this.gateway.requests().size() == 3);
				assertThat(value(registry, others, "active")).isEqualTo(3);
				assertThat(value(registry, others, "total")).isEqualTo(3);
				assertThat(value(registry, others, "pending")).isEqualTo(1);
				assertThat(value(registry, others, "max")).isEqualTo(3);
				assertThat(value(registry, others, "max.pending")).isEqualTo(5);
				open.forEach((call) -> call.cancel(true));
				Awaitility.await().atMost(LIMIT).until(() -> value(registry, others, "total") == 0);
				// which must not wait for anything
				this.loops.get(0).submit(apertis::close).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
			}
			Awaitility.await()
				.atMost(LIMIT)
				.untilAsserted(() -> assertThat(gauges(registry, others, "total")).isEmpty());
		}
		finally {
			Metrics.removeRegistry(registry);
		}
	}

	private double value(MeterRegistry registry, Set<Meter> others, String name) {
		List<Gauge> gauges = gauges(registry, others, name);
		assertThat(gauges).isNotEmpty();
		return gauges.stream().mapToDouble(Gauge::value).sum();
	}

	private List<Gauge> gauges(MeterRegistry registry, Set<Meter> others, String name) {
		return registry.find("reactor.netty.connection.provider." + name + ".connections")
			.tag("remote.address", "127.0.0.1:" + this.gateway.port())
			.gauges()
			.stream()
			.filter((gauge) -> !others.contains(gauge))
			.toList();
	}

	private ApertisClient client(ConnectionLimits limits) {
		return ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.connectionLimits(limits)
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

}
