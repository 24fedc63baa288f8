package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import ai.apertis.RedisServer;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What may be spent at two instances on different stacks, with Redis between them.
 */
@BothStacks
class SharedBudgetTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final String TOKENS = "apertis.pass-through.per-user.tokens=";

	private static final String FAILOVER = "apertis.retry.failover=" + CallMix.FURTHER_MODEL;

	private static final String EXPIRY = "apertis.pass-through.budget.reservation-timeout=3s";

	private static final String ANN = "X-User: ann";

	/** What the prompt of the requests is estimated to have. */
	private static final int PROMPT = 8;

	@Parameter
	private WebApplicationType type;

	private RedisServer redis;

	private final List<TestApplication> instances = new ArrayList<>();

	@BeforeEach
	void start() throws IOException {
		this.redis = RedisServer.start();
	}

	private void start(String... properties) {
		for (WebApplicationType type : List.of(this.type,
				(this.type == WebApplicationType.SERVLET) ? WebApplicationType.REACTIVE : WebApplicationType.SERVLET)) {
			List<String> all = new ArrayList<>(List.of(properties));
			all.addAll(List.of("redis.port=" + this.redis.port(), "apertis.pass-through.budget.store=redis",
					"apertis.pass-through.budget.slice=100"));
			this.instances.add(TestApplication.start(type,
					List.of(TestApplication.Open.class, SharedStreamTests.Shared.class), all.toArray(String[]::new)));
		}
	}

	@AfterEach
	void stop() {
		this.instances.forEach(TestApplication::close);
		if (this.redis != null) {
			this.redis.close();
		}
	}

	@Test
	void twoHundredAtOnceSpendWhatThereIs() throws Exception {
		start(TOKENS + "10000", FAILOVER);
		List<String> answers = new CallMix(this.instances, EnumSet.allOf(CallMix.Kind.class)).make(200, ANN);
		assertThat(answers).anyMatch((answer) -> answer.contains("token_budget_exceeded"));
		double spent = this.instances.stream()
			.mapToDouble((instance) -> instance.tokens("output_tokens") + instance.tokens("input_tokens"))
			.sum();
		assertThat(spent).isBetween(8_000.0, 11_000.0);
		awaitAccount("spent", Long.toString((long) spent));
		awaitAccount("reserved", "0");
	}

	@Test
	void whatTheGatewayTellsIsWhatIsPaid() throws Exception {
		start(TOKENS + "1000000", FAILOVER, "apertis.pass-through.on-disconnect=drain",
				"apertis.pass-through.drain.max-streams=200");
		CallMix calls = new CallMix(this.instances,
				EnumSet.complementOf(EnumSet.of(CallMix.Kind.CUT, CallMix.Kind.WITHOUT_USAGE)));
		assertThat(calls.make(100, ANN)).noneMatch((answer) -> answer.contains("token_budget_exceeded"));
		awaitAccount("spent", Long.toString(calls.billed()));
		awaitAccount("reserved", "0");
	}

	private void awaitAccount(String field, String value) {
		Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(account(this.redis, field)).isEqualTo(value));
	}

	/**
	 * What the only account knows.
	 */
	private static String account(RedisServer redis, String field) throws IOException {
		String account = redis.lines("KEYS apertis:{limits}:*-tokens-*")
			.stream()
			.filter((line) -> line.startsWith("apertis:") && !line.endsWith(":reservations"))
			.findFirst()
			.orElseThrow();
		return redis.lines("HGET " + account + " " + field).get(1);
	}

	@Test
	void whatAKilledInstanceHasReservedIsGivenBackAndWhatItHasToldIsPaid() throws Exception {
		start(TOKENS + "1000", EXPIRY);
		TestApplication survivor = this.instances.get(0);
		try (SimulatedGateway gateway = SimulatedGateway.start();
				InstanceProcess instance = InstanceProcess.start(this.type, gateway, SharedStreamTests.Shared.class,
						"redis.port=" + this.redis.port(), "apertis.pass-through.budget.store=redis",
						"apertis.pass-through.budget.slice=100", TOKENS + "1000", EXPIRY,
						"apertis.pass-through.budget.store-timeout=10s")) {
			gateway.replyWith(Reply.stream().repeat("on", 160, Duration.ofMillis(1)).hold().done());
			try (RawExchange running = RawExchange.post(instance.port(), TestApplication.PATH, TestApplication.REQUEST,
					ANN)) {
				running.chunk();
				// more is reserved when the half of the second slice has come
				awaitAccount("spent", Integer.toString(PROMPT + 150));
				instance.kill();
			}
		}
		survivor.gateway().otherwise((request) -> Reply.error(400, "t", "c", "m"));
		Awaitility.await().atMost(SOON).untilAsserted(() -> {
			try (RawExchange refused = survivor.post(TestApplication.REQUEST, ANN)) {
				assertThat(refused.status()).isEqualTo(400);
			}
			assertThat(account(this.redis, "reserved")).isEqualTo("0");
		});
		assertThat(Long.parseLong(account(this.redis, "spent"))).isBetween(PROMPT + 150L, PROMPT + 160L);
	}

	@Test
	void aStreamGoesOnWhenAReplicaTakesOver() throws Exception {
		start(TOKENS + "10000");
		TestApplication instance = this.instances.get(0);
		try (RedisServer replica = RedisServer.start()) {
			replica.command("REPLICAOF localhost " + this.redis.port());
			Awaitility.await()
				.atMost(SOON)
				.untilAsserted(() -> assertThat(replica.lines("INFO replication")).contains("master_link_status:up"));
			instance.gateway()
				.replyWith(Reply.stream()
					.content("one")
					.hold()
					.repeat("on", 299, Duration.ofMillis(5))
					.finish("stop")
					.usage(PROMPT, 300)
					.done());
			try (RawExchange running = instance.post(TestApplication.REQUEST, ANN)) {
				assertThat(running.chunk()).contains("one");
				Awaitility.await()
					.atMost(SOON)
					.ignoreExceptions()
					.until(() -> account(replica, "reserved").equals(Integer.toString(PROMPT + 100)));
				replica.command("REPLICAOF NO ONE");
				this.redis.replaceBy(replica);
				awaitConnected(instance);
				instance.gateway().release();
				assertThat(running.text()).contains("[DONE]");
			}
			awaitAccount("spent", Integer.toString(PROMPT + 300));
			awaitAccount("reserved", "0");
		}
	}

	private static void awaitConnected(TestApplication instance) {
		Awaitility.await()
			.atMost(SOON)
			.ignoreExceptions()
			.until(() -> instance.context().getBean(LettuceConnectionFactory.class).getConnection().ping() != null);
	}

	@Test
	void whatTheLastStreamsHaveCostIsCountedBeforeTheirInstanceIsGone() throws Exception {
		start(TOKENS + "10000", "apertis.pass-through.budget.store-timeout=5s");
		TestApplication instance = this.instances.get(0);
		instance.gateway().replyWith(Reply.stream().content("one").hold().finish("stop").usage(PROMPT, 92).done());
		try (RawExchange running = instance.post(TestApplication.REQUEST, ANN)) {
			assertThat(running.chunk()).contains("one");
			this.redis.pause(1_000);
			instance.gateway().release();
			assertThat(running.text()).contains("[DONE]");
			instance.context().close();
		}
		awaitAccount("spent", "100");
		awaitAccount("reserved", "0");
	}

	@Test
	void clientsAreToldWhatIsLeftIfThatIsWanted() throws Exception {
		start(TOKENS + "10000", "apertis.pass-through.budget.headers=true");
		for (TestApplication instance : this.instances) {
			instance.gateway().replyWith(Reply.stream().content("one").finish("stop").usage(PROMPT, 92).done());
		}
		try (RawExchange exchange = this.instances.get(0).post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.header("RateLimit")).isEqualTo("\"tokens-86400s\";r=9892;t=86400");
			exchange.text();
		}
		awaitAccount("spent", "100");
		try (RawExchange exchange = this.instances.get(1).post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.header("RateLimit")).startsWith("\"tokens-86400s\";r=9792;t=86");
			assertThat(exchange.header("RateLimit-Policy"))
				.isEqualTo("\"tokens-86400s\";q=10000;w=86400;qu=\"tokens\"");
		}
	}

	@Test
	void streamsThatRunGoOnAsFarAsTheirSliceWhileTheStoreIsAway() throws Exception {
		start(TOKENS + "10000");
		TestApplication instance = this.instances.get(0);
		instance.gateway()
			.replyWith(Reply.stream().content("one").hold().content("two").finish("stop").usage(PROMPT, 2).done());
		try (RawExchange running = instance.post(TestApplication.REQUEST, ANN)) {
			assertThat(running.chunk()).contains("one");
			this.redis.kill();
			for (TestApplication other : this.instances) {
				try (RawExchange refused = other.post(TestApplication.REQUEST, ANN)) {
					assertThat(refused.status()).isEqualTo(503);
					assertThat(refused.header("Retry-After")).isEqualTo("1");
					assertThat(TestApplication.error(refused.text()).path("code").asString())
						.isEqualTo("limits_unavailable");
				}
			}
			instance.gateway().release();
			assertThat(running.text()).contains("two").contains("[DONE]");
		}
		this.redis.restart();
		instance.gateway().otherwise((request) -> Reply.answer("again"));
		Awaitility.await().atMost(SOON).untilAsserted(() -> {
			try (RawExchange again = instance.post(TestApplication.REQUEST, ANN)) {
				assertThat(again.text()).contains("again");
			}
		});
	}

	@Test
	void aStreamIsEndedThatNeedsMoreWhileTheStoreIsAway() throws Exception {
		start(TOKENS + "10000");
		TestApplication instance = this.instances.get(0);
		instance.gateway().replyWith(Reply.stream().content("one").hold().repeat("on", 100_000, Duration.ofMillis(1)));
		try (RawExchange running = instance.post(TestApplication.REQUEST, ANN)) {
			assertThat(running.chunk()).contains("one");
			this.redis.kill();
			instance.gateway().release();
			assertThat(running.text()).contains("limits_unavailable").doesNotContain("[DONE]");
			assertThat(running.isTerminated()).isFalse();
		}
		assertThat(instance.gateway().takeRequest().awaitClosed(SOON)).isTrue();
	}

	@Test
	void aStreamGoesOnWhenTheStoreComesBackInTime() throws Exception {
		start(TOKENS + "10000");
		TestApplication instance = this.instances.get(0);
		instance.gateway()
			.replyWith(Reply.stream()
				.repeat("on", 60, Duration.ofMillis(1))
				.hold()
				.repeat("on", 200, Duration.ofMillis(5))
				.finish("stop")
				.usage(PROMPT, 260)
				.done());
		try (RawExchange running = instance.post(TestApplication.REQUEST, ANN)) {
			running.chunk();
			this.redis.kill();
			// the half of its slice has come, and it has asked for more in vain
			StringBuilder received = new StringBuilder();
			while (received.toString().split("\"on\"").length < 59) {
				received.append(running.chunk());
			}
			Awaitility.await().pollDelay(Duration.ofMillis(700)).until(() -> true);
			this.redis.restart();
			awaitConnected(instance);
			instance.gateway().release();
			assertThat(running.text()).contains("[DONE]");
		}
	}

	@Test
	void requestsAreLetThroughWithoutTheStoreIfThatIsWanted() throws Exception {
		start(TOKENS + "50", "apertis.pass-through.budget.on-store-failure=allow");
		this.redis.kill();
		for (TestApplication instance : this.instances) {
			instance.gateway()
				.replyWith(Reply.stream()
					.repeat("on", 500, Duration.ofMillis(1))
					.finish("stop")
					.usage(PROMPT, 500)
					.done());
			try (RawExchange exchange = instance.post(TestApplication.REQUEST, ANN)) {
				assertThat(exchange.text()).contains("[DONE]");
			}
		}
	}

	@Test
	void answersUnderWayAndRequestsAreCountedForAllInstances() throws Exception {
		start("apertis.pass-through.per-user.max-streams=1", "apertis.pass-through.per-user.requests-per-minute=3");
		this.instances.get(0).gateway().replyWith(Reply.stream().content("one").hold().finish("stop").done());
		this.instances.get(1).gateway().otherwise((request) -> Reply.answer("two"));
		try (RawExchange running = this.instances.get(0).post(TestApplication.REQUEST, ANN)) {
			assertThat(running.chunk()).contains("one");
			try (RawExchange refused = this.instances.get(1).post(TestApplication.REQUEST, ANN)) {
				assertThat(refused.text()).contains("too_many_streams");
			}
			this.instances.get(0).gateway().release();
			assertThat(running.text()).contains("[DONE]");
		}
		for (int i = 0; i < 2; i++) {
			Awaitility.await().atMost(SOON).untilAsserted(() -> {
				try (RawExchange exchange = this.instances.get(1).post(TestApplication.REQUEST, ANN)) {
					assertThat(exchange.text()).contains("two");
				}
			});
		}
		Awaitility.await().atMost(SOON).untilAsserted(() -> {
			try (RawExchange refused = this.instances.get(0).post(TestApplication.REQUEST, ANN)) {
				assertThat(refused.text()).contains("rate_limit_exceeded");
			}
		});
	}

}
