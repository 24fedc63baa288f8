package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import ai.apertis.RedisServer;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Streams that go on at another instance, on the other stack, with Redis between them.
 */
@BothStacks
class SharedStreamTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final String STREAMS = "/apertis/v1/streams/";

	private static final String RESUMABLE = "Apertis-Stream: resumable";

	private static final String ANN = "X-User: ann";

	@Parameter
	private WebApplicationType type;

	private RedisServer redis;

	private TestApplication owner;

	private TestApplication other;

	@BeforeEach
	void start() throws IOException {
		this.redis = RedisServer.start();
		WebApplicationType otherType = (this.type == WebApplicationType.SERVLET) ? WebApplicationType.REACTIVE
				: WebApplicationType.SERVLET;
		this.owner = start(this.type);
		this.other = start(otherType);
	}

	private TestApplication start(WebApplicationType type) {
		return TestApplication.start(type, List.of(TestApplication.Open.class, Shared.class),
				properties(this.redis.port()));
	}

	private static String[] properties(int redis) {
		return new String[] { "redis.port=" + redis, "apertis.pass-through.resume.mode=on-request",
				"apertis.pass-through.resume.store=redis", "apertis.pass-through.resume.lease=2s",
				"apertis.pass-through.resume.batch-interval=20ms", "apertis.chat.model=gpt-4o-mini",
				"apertis.pass-through.ui.enabled=true", "management.endpoints.web.exposure.include=apertis",
				"apertis.pass-through.ui.resume=true", "apertis.pass-through.heartbeat.initial-delay=100ms" };
	}

	@AfterEach
	void stop() {
		if (this.owner != null) {
			this.owner.close();
			this.other.close();
			this.redis.close();
		}
	}

	@Test
	void aStreamGoesOnAtAnotherInstance() throws Exception {
		this.owner.gateway()
			.replyWith(
					Reply.stream().content("one ", "two ").hold().content("three").finish("stop").usage(5, 3).done());
		String id = beginAndLeave();
		try (RawExchange again = this.other.get(STREAMS + id, ANN)) {
			this.owner.gateway().release();
			assertThat(events(again.text())).startsWith("1", "2").doesNotHaveDuplicates().contains("5");
			assertThat(again.isTerminated()).isTrue();
		}
		Awaitility.await().until(() -> this.owner.calls("completed") == 1);
		assertThat(this.owner.tokens("output_tokens", false)).isEqualTo(3);
		assertThat(this.other.calls("completed")).isZero();
	}

	@Test
	void isStoppedFromAnotherInstance() throws Exception {
		this.owner.gateway().replyWith(Reply.stream().content("one").stall());
		try (RawExchange exchange = this.owner.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			exchange.chunk();
			try (RawExchange stop = this.other.send("DELETE " + STREAMS + exchange.header("Apertis-Stream-Id"), "",
					Map.of("X-User", "ann"))) {
				assertThat(stop.status()).isEqualTo(204);
			}
			assertThat(exchange.text()).contains("stream_stopped").doesNotContain("[DONE]");
		}
		assertThat(this.owner.gateway().takeRequest().awaitClosed(SOON)).isTrue();
	}

	@Test
	void ofTwoRequestsOfAConversationOneIsAnswered() throws Exception {
		this.owner.gateway().replyWith(Reply.stream().content("one").stall());
		this.other.gateway().replyWith(Reply.stream().content("one").stall());
		String request = """
				{"id":"chat-1","messages":[{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]}]}""";
		Map<String, String> headers = Map.of("X-User", "ann", "Content-Type", "application/json");
		try (RawExchange first = this.owner.send("POST /apertis/ui/chat", request, headers);
				RawExchange second = this.other.send("POST /apertis/ui/chat", request, headers)) {
			assertThat(List.of(first.status(), second.status())).containsExactly(200, 409);
		}
		assertThat(this.other.gateway().requests()).isEmpty();
	}

	@Test
	void aStoreThatIsStoppedAndStartedHurtsNoLiveAnswer() throws Exception {
		this.owner.gateway()
			.replyWith(
					Reply.stream().content("one").hold().content("two").hold().content("three").finish("stop").done());
		try (RawExchange exchange = this.owner.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			String id = exchange.header("Apertis-Stream-Id");
			awaitData(exchange);
			this.redis.kill();
			this.owner.gateway().release();
			assertThat(awaitData(exchange)).contains("two");
			this.redis.restart();
			this.owner.gateway().release();
			assertThat(exchange.text()).contains("three").contains("[DONE]");
			Awaitility.await().atMost(SOON).untilAsserted(() -> {
				try (RawExchange again = this.other.get(STREAMS + id, ANN)) {
					assertThat(again.status()).isEqualTo(404);
				}
			});
		}
		Awaitility.await().until(() -> this.owner.calls("completed") == 1);
	}

	@Test
	void aStoreThatIsAwayIsNoTroubleForThoseWhoAsk() throws Exception {
		this.redis.kill();
		this.owner.gateway().replyWith(Reply.answer("one"));
		try (RawExchange exchange = this.owner.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			assertThat(exchange.headers()).doesNotContainKey("Apertis-Stream-Id");
			assertThat(exchange.text()).contains("one").contains("[DONE]");
		}
	}

	@Test
	void aSlowStoreLosesAndDoublesNothing() throws Exception {
		this.owner.gateway()
			.replyWith(
					Reply.stream().content("one").hold().repeat("x", 30, Duration.ofMillis(20)).finish("stop").done());
		try (RawExchange exchange = this.owner.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			String id = exchange.header("Apertis-Stream-Id");
			awaitData(exchange);
			// longer than it may take, so that what is not known to have been stored is
			// stored again
			this.redis.pause(1500);
			this.owner.gateway().release();
			String live = exchange.text();
			try (RawExchange again = this.other.get(STREAMS + id + "?starting_after=1", ANN)) {
				assertThat(again.text().replaceAll("id: \\d+\n", "").replace(": keep-alive\n", "")).isEqualTo(live);
			}
		}
	}

	@Test
	void aStreamWhoseInstanceWasKilledIsEndedAndCountedOnce() throws Exception {
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			InstanceProcess instance = InstanceProcess.start(this.type, gateway, Shared.class,
					properties(this.redis.port()));
			awaitStoring(instance.port(), gateway);
			gateway.replyWith(Reply.stream().content("one", "two", "three").stall());
			try (instance;
					RawExchange exchange = RawExchange.post(instance.port(), TestApplication.PATH,
							TestApplication.REQUEST, RESUMABLE, ANN)) {
				String id = exchange.header("Apertis-Stream-Id");
				awaitData(exchange);
				// how many events are stored at once is up to their times
				assertThat(behind(id, 2)).contains("three");
				instance.kill();
				try (RawExchange again = this.other.get(STREAMS + id, ANN)) {
					assertThat(again.text()).contains("three").contains("stream_interrupted").doesNotContain("[DONE]");
					assertThat(again.isTerminated()).isFalse();
				}
			}
			Awaitility.await()
				.atMost(SOON)
				.until(() -> this.owner.calls("interrupted") + this.other.calls("interrupted") == 1);
			assertThat(lost(this.owner) + lost(this.other)).isEqualTo(1);
			assertThat(this.owner.tokens("output_tokens", true) + this.other.tokens("output_tokens", true))
				.isEqualTo(3);
			assertThat(this.owner.tokens("input_tokens", true) + this.other.tokens("input_tokens", true)).isPositive();
		}
	}

	@Test
	void aReplicaThatTakesOverWithoutAPartEndsTheStoredStreamOnly() throws Exception {
		try (RedisServer replica = RedisServer.start()) {
			replica.command("REPLICAOF localhost " + this.redis.port());
			Awaitility.await()
				.atMost(SOON)
				.untilAsserted(() -> assertThat(replica.lines("INFO replication")).contains("master_link_status:up"));
			this.owner.gateway()
				.replyWith(Reply.stream()
					.content("one")
					.hold()
					.content("two")
					.hold()
					.content("three")
					.finish("stop")
					.usage(5, 3)
					.done());
			try (RawExchange exchange = this.owner.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
				String id = exchange.header("Apertis-Stream-Id");
				awaitData(exchange);
				Awaitility.await()
					.atMost(SOON)
					.until(() -> replica.lines("HGET apertis:{" + id + "}:meta last").contains("1"));
				replica.command("REPLICAOF NO ONE");
				this.owner.gateway().release();
				assertThat(awaitData(exchange)).contains("two");
				// of this one the replica knows nothing
				assertThat(behind(id, 1)).contains("two");
				this.redis.replaceBy(replica);
				this.owner.gateway().release();
				assertThat(exchange.text()).contains("three").contains("[DONE]");
				assertThat(exchange.isTerminated()).isTrue();
				try (RawExchange again = this.other.get(STREAMS + id, ANN)) {
					assertThat(again.text()).contains("one")
						.doesNotContain("two", "three", "[DONE]")
						.contains("stream_interrupted");
				}
			}
			Awaitility.await().until(() -> this.owner.calls("completed") == 1);
			assertThat(this.owner.calls("interrupted") + this.other.calls("interrupted")).isZero();
		}
	}

	@Test
	void throughAProxyThatAlternatesItIsResumedListedAndStopped() throws Exception {
		this.owner.gateway().replyWith(Reply.stream().content("one").stall());
		try (AlternatingProxy proxy = AlternatingProxy.start(this.owner.port(), this.other.port());
				RawExchange live = RawExchange.post(proxy.port(), TestApplication.PATH, TestApplication.REQUEST,
						RESUMABLE, ANN)) {
			String id = live.header("Apertis-Stream-Id");
			awaitData(live);
			for (int i = 0; i < 4; i++) {
				try (RawExchange again = get(proxy, STREAMS + id, ANN)) {
					assertThat(awaitData(again)).contains("id: 1");
				}
				try (RawExchange state = get(proxy, "/actuator/apertis")) {
					JsonNode resumable = TestApplication.json(state.text()).path("resumable");
					assertThat(resumable.path("running").valueStream().map((stream) -> stream.path("id").asString()))
						.containsExactly(id);
				}
			}
			// at either instance, as each takes every second
			List<Integer> statuses = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				try (RawExchange stop = RawExchange.send(proxy.port(), "DELETE /actuator/apertis/" + id, new byte[0],
						List.of())) {
					statuses.add(stop.status());
				}
				if (i == 0) {
					assertThat(live.text()).contains("stream_stopped").doesNotContain("[DONE]");
					Awaitility.await().until(() -> this.owner.active() == 0);
				}
			}
			assertThat(statuses).containsExactly(204, 404);
		}
		assertThat(this.owner.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		assertThat(this.owner.gateway().requests()).hasSize(1);
	}

	private static RawExchange get(AlternatingProxy proxy, String path, String... headers) throws IOException {
		return RawExchange.send(proxy.port(), "GET " + path, new byte[0], List.of(headers));
	}

	@Test
	void theStateIsToldWhileTheStoreIsAway() throws Exception {
		this.redis.kill();
		try (RawExchange state = this.owner.get("/actuator/apertis")) {
			JsonNode told = TestApplication.json(state.text());
			assertThat(told.path("configuration").path("model").asString()).isEqualTo("gpt-4o-mini");
			assertThat(told.path("resumable").path("error").asString()).contains("not available");
		}
		try (RawExchange stop = this.owner.send("DELETE /actuator/apertis/somewhere", "", Map.of())) {
			assertThat(stop.status()).isEqualTo(503);
		}
	}

	@Test
	void theEndOfAStreamIsStoredBeforeItsInstanceShutsDown() throws Exception {
		this.owner.gateway().replyWith(Reply.stream().content("one").stall());
		String id = beginAndLeave();
		this.owner.context().getBean(ActiveStreams.class).shutDown(Duration.ZERO);
		try (RawExchange again = this.other.get(STREAMS + id, ANN)) {
			assertThat(again.text()).contains("one").contains("server_shutdown").doesNotContain("[DONE]");
		}
	}

	/**
	 * A process that has just begun may be too slow for its first answers.
	 */
	private static void awaitStoring(int port, SimulatedGateway gateway) {
		Awaitility.await().atMost(SOON).ignoreExceptions().until(() -> {
			gateway.replyWith(Reply.answer("one"));
			try (RawExchange exchange = RawExchange.post(port, TestApplication.PATH, TestApplication.REQUEST, RESUMABLE,
					ANN)) {
				exchange.text();
				return exchange.header("Apertis-Stream-Id") != null;
			}
		});
	}

	private String behind(String id, int event) throws IOException {
		try (RawExchange exchange = this.other.get(STREAMS + id + "?starting_after=" + event, ANN)) {
			return awaitData(exchange);
		}
	}

	private String beginAndLeave() throws IOException {
		try (RawExchange exchange = this.owner.post(TestApplication.REQUEST, RESUMABLE, ANN)) {
			awaitData(exchange);
			return exchange.header("Apertis-Stream-Id");
		}
	}

	/**
	 * A sign of life may come first.
	 */
	private static String awaitData(RawExchange exchange) throws IOException {
		String chunk = exchange.chunk();
		while (chunk.startsWith(":")) {
			chunk = exchange.chunk();
		}
		return chunk;
	}

	private static List<String> events(String text) {
		List<String> numbers = new ArrayList<>();
		Matcher ids = Pattern.compile("^id: (\\d+)$", Pattern.MULTILINE).matcher(text);
		while (ids.find()) {
			numbers.add(ids.group(1));
		}
		return numbers;
	}

	private static double lost(TestApplication application) {
		return application.context()
			.getBean(MeterRegistry.class)
			.find("apertis.pass-through.streams.lost")
			.counters()
			.stream()
			.mapToDouble(Counter::count)
			.sum();
	}

	@Configuration(proxyBeanMethods = false)
	static class Shared {

		@Bean
		PassThroughUserResolver users() {
			return (caller) -> caller.headers().getFirst("X-User");
		}

		@Bean
		LettuceConnectionFactory connections(Environment environment) {
			return new LettuceConnectionFactory("localhost",
					environment.getRequiredProperty("redis.port", Integer.class));
		}

	}

}
