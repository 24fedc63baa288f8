package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import ai.apertis.RedisServer;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.Reply;
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
		start("apertis.pass-through.per-user.tokens=10000");
		AtomicInteger count = new AtomicInteger();
		for (TestApplication instance : this.instances) {
			instance.gateway().otherwise((request) -> {
				Reply reply = Reply.stream().repeat("on", 300, Duration.ofMillis(5));
				return (count.getAndIncrement() % 2 == 0) ? reply.finish("stop").usage(PROMPT, 300).done()
						: reply.cut();
			});
		}
		List<String> answers = new CopyOnWriteArrayList<>();
		ExecutorService callers = Executors.newFixedThreadPool(200);
		try {
			List<CompletableFuture<Void>> calls = new ArrayList<>();
			for (int i = 0; i < 200; i++) {
				TestApplication instance = this.instances.get(i % 2);
				calls.add(CompletableFuture.runAsync(() -> answers.add(ask(instance)), callers));
			}
			CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).get(2, TimeUnit.MINUTES);
		}
		finally {
			callers.shutdownNow();
		}
		this.instances.forEach(SharedBudgetTests::awaitNoneActive);
		assertThat(answers).anyMatch((answer) -> answer.contains("token_budget_exceeded"));
		double spent = this.instances.stream()
			.mapToDouble((instance) -> instance.tokens("output_tokens") + instance.tokens("input_tokens"))
			.sum();
		assertThat(spent).isBetween(9_000.0, 11_000.0);
		Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(reserved()).isEqualTo("0"));
	}

	private String ask(TestApplication instance) {
		try (RawExchange exchange = instance.post(TestApplication.REQUEST, ANN)) {
			return exchange.text();
		}
		catch (IOException ex) {
			return "";
		}
	}

	/**
	 * What the only account has reserved.
	 */
	private String reserved() throws IOException {
		String account = this.redis.lines("KEYS apertis:{limits}:*-tokens-*")
			.stream()
			.filter((line) -> line.startsWith("apertis:") && !line.endsWith(":reservations"))
			.findFirst()
			.orElseThrow();
		return this.redis.lines("HGET " + account + " reserved").get(1);
	}

	@Test
	void streamsThatRunGoOnAsFarAsTheirSliceWhileTheStoreIsAway() throws Exception {
		start("apertis.pass-through.per-user.tokens=10000");
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
		start("apertis.pass-through.per-user.tokens=10000");
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
		start("apertis.pass-through.per-user.tokens=10000");
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
			Awaitility.await()
				.atMost(SOON)
				.ignoreExceptions()
				.until(() -> instance.context().getBean(LettuceConnectionFactory.class).getConnection().ping() != null);
			instance.gateway().release();
			assertThat(running.text()).contains("[DONE]");
		}
	}

	@Test
	void requestsAreLetThroughWithoutTheStoreIfThatIsWanted() throws Exception {
		start("apertis.pass-through.per-user.tokens=50", "apertis.pass-through.budget.on-store-failure=allow");
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

	private static void awaitNoneActive(TestApplication instance) {
		Awaitility.await()
			.atMost(SOON)
			.until(() -> instance.context().getBean(ActiveStreams.class).count() == 0 && instance.active() == 0);
	}

}
