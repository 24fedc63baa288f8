package ai.apertis.passthrough;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import ai.apertis.client.tools.ToolFunction;
import ai.apertis.passthrough.Budget.Scope;
import ai.apertis.passthrough.Budget.Unit;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What may be spent, however it is tried to spend more.
 */
@BothStacks
class BudgetTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final String WHOLE = TestApplication.REQUEST.replace("true", "false");

	private static final String TOKENS = "apertis.pass-through.per-user.tokens=";

	private static final String ALL_TOKENS = "apertis.pass-through.budget.tokens=";

	private static final String FAILOVER = "apertis.retry.failover=";

	private static final String ON_DISCONNECT = "apertis.pass-through.on-disconnect=";

	private static final String SLICE = "apertis.pass-through.budget.slice=";

	private static final String ANN = "X-User: ann";

	private static final String BOB = "X-User: bob";

	/** What the prompt of the requests is estimated to have. */
	private static final int PROMPT = 8;

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	private void start(String... properties) {
		this.application = TestApplication.start(this.type, List.of(TestApplication.Open.class, Users.class),
				Stream.concat(Stream.of("apertis.chat.model=gpt-4o-mini"), Stream.of(properties))
					.toArray(String[]::new));
	}

	@AfterEach
	void stop() {
		if (this.application != null) {
			this.application.close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "cancel", "drain" })
	void twoHundredAtOnceSpendWhatThereIs(String onDisconnect) throws Exception {
		start(TOKENS + "10000", SLICE + "100", ALL_TOKENS + "1000000", FAILOVER + CallMix.FURTHER_MODEL,
				ON_DISCONNECT + onDisconnect);
		List<String> answers = new CallMix(List.of(this.application), EnumSet.allOf(CallMix.Kind.class)).make(200, ANN);
		assertThat(answers).anyMatch((answer) -> answer.contains("token_budget_exceeded"))
			.allMatch((answer) -> !answer.contains("[DONE]") || !answer.contains("token_budget_exceeded"));
		// nobody can get more than there was; what others have reserved may come back
		// late
		assertThat(all().used()).isBetween(8_000L, 10_100L);
		assertThat(all().reserved()).isZero();
		assertThat(this.application.tokens("output_tokens") + this.application.tokens("input_tokens"))
			.isEqualTo(all().used());
	}

	@Test
	void whatTheGatewayTellsIsWhatIsPaid() throws Exception {
		start(TOKENS + "1000000", SLICE + "100", ALL_TOKENS + "1000000", FAILOVER + CallMix.FURTHER_MODEL,
				ON_DISCONNECT + "drain", "apertis.pass-through.drain.max-streams=200");
		CallMix calls = new CallMix(List.of(this.application),
				EnumSet.complementOf(EnumSet.of(CallMix.Kind.CUT, CallMix.Kind.WITHOUT_USAGE)));
		assertThat(calls.make(100, ANN)).noneMatch((answer) -> answer.contains("token_budget_exceeded"));
		assertThat(all().used()).isEqualTo(calls.billed());
		assertThat(all().reserved()).isZero();
	}

	/**
	 * What all users have used together.
	 */
	private LimitUse all() {
		return this.application.context()
			.getBean(UserLimits.class)
			.nearLimits()
			.stream()
			.filter(LimitUse::isOfApplication)
			.findFirst()
			.orElseThrow();
	}

	@Test
	void clientsAreToldWhatIsLeftIfThatIsWanted() throws Exception {
		start(TOKENS + "10000", SLICE + "100", ALL_TOKENS + "1000000", "apertis.pass-through.per-user.cost=0.5",
				"apertis.pass-through.budget.allow-unpriced=true", "apertis.pass-through.budget.headers=true");
		this.application.gateway().replyWith(Reply.answer("one"), Reply.completion("one", PROMPT, 92));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.header("RateLimit-Policy")).isEqualTo("\"tokens-86400s\";q=10000;w=86400;qu=\"tokens\","
					+ " \"cost-86400s\";q=500000000;w=86400;qu=\"cost\"");
			assertThat(exchange.header("RateLimit")).isEqualTo(
					"\"tokens-86400s\";r=" + (10_000 - PROMPT - 100) + ";t=86400, \"cost-86400s\";r=500000000;t=86400");
			exchange.text();
		}
		awaitNoneActive();
		try (RawExchange exchange = this.application.post(WHOLE.replace("}]", "}],\"max_tokens\":500"), ANN)) {
			assertThat(exchange.header("RateLimit"))
				.startsWith("\"tokens-86400s\";r=" + (10_000 - PROMPT - 1 - 100) + ";t=86");
		}
	}

	@Test
	void clientsAreToldNothingOfBudgetsUnasked() throws Exception {
		start(TOKENS + "10000");
		this.application.gateway().replyWith(Reply.answer("one"));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.text()).contains("[DONE]");
			assertThat(exchange.headers()).doesNotContainKeys("RateLimit", "RateLimit-Policy");
		}
	}

	@Test
	void aStreamIsEndedWhenThereIsNoMore() throws Exception {
		start(TOKENS + "60", SLICE + "20");
		this.application.gateway().replyWith(Reply.stream().repeat("on", 100_000, Duration.ofMillis(2)));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			String text = exchange.text();
			assertThat(text).contains("token_budget_exceeded").doesNotContain("[DONE]");
			assertThat(text.split("\"on\"").length - 1).isBetween(60 - PROMPT - 2, 60 - PROMPT + 20);
			assertThat(exchange.isTerminated()).isFalse();
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		Awaitility.await().until(() -> this.application.calls("cancelled") == 1);
		awaitRefused(ANN);
		this.application.gateway().replyWith(Reply.answer("mine"));
		try (RawExchange other = this.application.post(TestApplication.REQUEST, BOB)) {
			assertThat(other.text()).contains("mine");
		}
	}

	@Test
	void aStreamThatIsReadOnIsEndedToo() throws Exception {
		start(TOKENS + "500", SLICE + "20", "apertis.pass-through.on-disconnect=drain");
		this.application.gateway().replyWith(Reply.stream().repeat("on", 100_000, Duration.ofMillis(1)));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			exchange.chunk();
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		awaitRefused(ANN);
		awaitNoneActive();
	}

	@Test
	void chunksOfManyTokensAreCountedByTheirText() throws Exception {
		start(TOKENS + "1000", SLICE + "100");
		String forty = "word ".repeat(40);
		this.application.gateway().replyWith(Reply.stream().repeat(forty, 10_000, Duration.ofMillis(2)));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			int chunks = exchange.text().split(forty).length - 1;
			assertThat(chunks * 40).isBetween(800, 1_200);
		}
		awaitRefused(ANN);
	}

	@Test
	void aWholeAnswerGetsWhatIsLeftAsItsCeiling() throws Exception {
		start(TOKENS + "1000");
		this.application.gateway().replyWith(Reply.completion("a", PROMPT, 192), Reply.completion("b", PROMPT, 50));
		assertThat(ceiling(WHOLE)).isEqualTo(1_000 - PROMPT);
		String two = WHOLE.replace("}]", "}],\"n\":2");
		assertThat(ceiling(two)).isEqualTo((1_000 - 200 - PROMPT) / 2);
		this.application.gateway().replyWith(Reply.completion("c", PROMPT, 5), Reply.completion("d", PROMPT, 5));
		assertThat(ceiling(WHOLE.replace("}]", "}],\"max_completion_tokens\":77"))).isEqualTo(77);
		assertThat(ceiling(WHOLE.replace("}]", "}],\"max_tokens\":5000"))).isEqualTo(1_000 - 200 - 58 - 13 - PROMPT);
	}

	@Test
	void aWholeAnswerThatNothingElseLimitsTakesNotAllThatIsLeft() throws Exception {
		start(TOKENS + "1000000");
		this.application.gateway().otherwise((request) -> Reply.completion("a", PROMPT, 2));
		assertThat(ceiling(WHOLE)).isEqualTo(16_000);
		assertThat(ceiling(WHOLE.replace("}]", "}],\"max_tokens\":-1,\"max_completion_tokens\":-1"))).isEqualTo(16_000);
	}

	@Test
	void anAnswerThatDoesNotKeepItsCeilingIsEnded() throws Exception {
		start(TOKENS + "200", SLICE + "50");
		this.application.gateway().replyWith(Reply.stream().repeat("on", 100_000, Duration.ofMillis(2)));
		try (RawExchange exchange = this.application
			.post(TestApplication.REQUEST.replace("}]", "}],\"max_completion_tokens\":1"), ANN)) {
			assertThat(exchange.text()).contains("token_budget_exceeded").doesNotContain("[DONE]");
		}
		assertThat(this.application.gateway().takeRequest().awaitClosed(SOON)).isTrue();
		awaitNoneActive();
		awaitRefused(ANN);
	}

	/**
	 * Send a request to which nobody waits for a response.
	 */
	private Socket begin(String request) throws IOException {
		Socket socket = new Socket("127.0.0.1", this.application.port());
		socket.getOutputStream()
			.write(("POST " + TestApplication.PATH + " HTTP/1.1\r\nHost: localhost\r\n" + ANN
					+ "\r\nContent-Type: application/json\r\nContent-Length: " + request.length() + "\r\n\r\n"
					+ request)
				.getBytes(StandardCharsets.ISO_8859_1));
		return socket;
	}

	private long ceiling(String request) throws Exception {
		try (RawExchange exchange = this.application.post(request, ANN)) {
			assertThat(exchange.status()).isEqualTo(200);
			exchange.text();
		}
		awaitNoneActive();
		JsonNode sent = TestApplication.json(this.application.gateway().takeRequest().body());
		return sent.path(sent.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens").asLong();
	}

	@Test
	void twoWholeAnswersCannotBothHaveTheRest() throws Exception {
		start(TOKENS + "1000");
		this.application.gateway().replyWith(Reply.stream().hold());
		try (RawExchange none = this.application.post(TestApplication.REQUEST, ANN)) {
			// a stream takes a slice, which is all
			try (RawExchange second = this.application.post(WHOLE, ANN)) {
				assertThat(second.status()).isEqualTo(429);
				assertThat(second.header("Retry-After")).isEqualTo("1");
				assertThat(second.text()).contains("answers under way");
			}
			assertThat(none.status()).isEqualTo(200);
		}
	}

	@Test
	void hangingUpMakesAWholeAnswerNoCheaper() throws Exception {
		start(TOKENS + "5000");
		this.application.gateway().replyWith(Reply.never());
		String eight = WHOLE.replace("}]", "}],\"n\":8,\"max_tokens\":500");
		try (Socket socket = begin(eight)) {
			assertThat(this.application.gateway().takeRequest().closedAt()).isEmpty();
		}
		awaitNoneActive();
		Awaitility.await().untilAsserted(() -> assertThat(left()).isBetween(800L, 1_000L));
	}

	@Test
	void aWholeAnswerThatIsTooSlowIsPaid() throws Exception {
		start(TOKENS + "5000", "apertis.stream.whole-response-timeout=300ms", "apertis.retry.max-retries=0");
		this.application.gateway().replyWith(Reply.never());
		try (RawExchange exchange = this.application.post(WHOLE.replace("}]", "}],\"max_tokens\":3000"), ANN)) {
			assertThat(exchange.status()).isEqualTo(504);
		}
		awaitNoneActive();
		Awaitility.await().untilAsserted(() -> assertThat(left()).isBetween(1_900L, 2_000L));
	}

	static Stream<Reply> endings() {
		return Stream.of(Reply.error(400, "t", "c", "m"), Reply.error(503, "t", "c", "m"), Reply.hangUp(),
				Reply.resetConnection(), Reply.json(200, "{"), Reply.status(204), Reply.stream().cut(),
				Reply.stream().errorEvent("t", "c", "m"), Reply.stream().content("one").reset(),
				Reply.stream().content("one").cut(), Reply.stream().content("one").errorEvent("t", "c", "m"),
				Reply.stream().content("one").raw("data: {\n\n"), Reply.answer("one"));
	}

	@ParameterizedTest
	@MethodSource("endings")
	void nothingStaysReserved(Reply reply) throws Exception {
		start(TOKENS + "10000", SLICE + "4000", "apertis.retry.max-retries=0");
		for (String request : List.of(TestApplication.REQUEST, WHOLE.replace("}]", "}],\"max_tokens\":1000"))) {
			this.application.gateway().replyWith(reply);
			try (RawExchange exchange = this.application.post(request, ANN)) {
				exchange.text();
			}
			awaitNoneActive();
		}
		// of a whole answer of which nothing is known the ceiling may be paid
		Awaitility.await().untilAsserted(() -> assertThat(left()).isGreaterThan(8_900));
	}

	@Test
	void nothingStaysReservedOfWhatWasNeverSent() throws Exception {
		start(TOKENS + "10000", SLICE + "4000", "apertis.pass-through.max-streams=1");
		this.application.gateway().replyWith(Reply.stream().content("one").hold().done());
		try (RawExchange first = this.application.post(TestApplication.REQUEST, BOB)) {
			first.chunk();
			for (int i = 0; i < 5; i++) {
				try (RawExchange second = this.application.post(TestApplication.REQUEST, ANN)) {
					assertThat(second.status()).isEqualTo(429);
				}
			}
			this.application.gateway().release();
			first.text();
		}
		awaitNoneActive();
		assertThat(left()).isEqualTo(10_000 - PROMPT);
	}

	@Test
	void aRetryIsPaidOnce() throws Exception {
		start(TOKENS + "10000");
		this.application.gateway()
			.replyWith(Reply.error(503, "t", "c", "m"),
					Reply.stream().content("one").finish("stop").usage(PROMPT, 92).done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		assertThat(left()).isEqualTo(10_000 - 100 - PROMPT);
	}

	@Test
	void anAttemptOfWhichNothingCameCostsItsPrompt() throws Exception {
		start(TOKENS + "10000", "apertis.stream.first-chunk-timeout=2s", "apertis.retry.failover=gpt-4o");
		this.application.gateway()
			.replyWith(Reply.never(), Reply.stream().content("one").finish("stop").usage(PROMPT, 92).done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		assertThat(this.application.gateway().requests()).hasSize(2);
		awaitNoneActive();
		assertThat(left()).isEqualTo(10_000 - PROMPT - 100 - PROMPT);
	}

	@Test
	void moneyIsCountedByThePricesOfTheModelThatAnswers() throws Exception {
		start("apertis.pass-through.per-user.cost=0.01", "apertis.metrics.prices[gpt-4o-mini].input=1",
				"apertis.metrics.prices[gpt-4o-mini].cached-input=0.1", "apertis.metrics.prices[gpt-4o-mini].output=10",
				"apertis.metrics.prices[cheap].output=1");
		// 500 of 1,000 tokens of the prompt from a cache: 0.00055; 100 of output: 0.001
		this.application.gateway()
			.replyWith(Reply.stream()
				.content("one")
				.finish("stop")
				.event("",
						"{\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100,\"total_tokens\":1100,"
								+ "\"prompt_tokens_details\":{\"cached_tokens\":500}}}")
				.done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		awaitNoneActive();
		this.application.gateway().takeRequest();
		// the prompt of eight tokens, and 0.00845 at ten for a million
		this.application.gateway().replyWith(Reply.completion("whole", 8, 1));
		assertThat(ceiling(WHOLE)).isEqualTo((8_450_000 - 8 * 1_000) / 10_000);
	}

	@Test
	void aModelWithoutAPriceIsRefused() throws Exception {
		start("apertis.pass-through.per-user.cost=0.01", "apertis.metrics.prices[other].input=1");
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.status()).isEqualTo(403);
			JsonNode error = TestApplication.error(exchange.text());
			assertThat(error.path("code").asString()).isEqualTo("model_without_price");
			assertThat(error.path("param").asString()).isEqualTo("model");
		}
		assertThat(this.application.gateway().requests()).isEmpty();
	}

	@Test
	void aStreamIsEndedWhenItCostsTooMuch() throws Exception {
		start("apertis.pass-through.budget.cost=0.001", SLICE + "10", "apertis.metrics.prices[gpt-4o-mini].output=10");
		this.application.gateway().replyWith(Reply.stream().repeat("on", 100_000, Duration.ofMillis(1)));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			String text = exchange.text();
			assertThat(text).contains("cost_budget_exceeded").contains("The application").doesNotContain("[DONE]");
			assertThat(text.split("\"on\"").length - 1).isBetween(95, 115);
		}
		// it was the application's
		Awaitility.await().atMost(SOON).untilAsserted(() -> {
			try (RawExchange other = this.application.post(TestApplication.REQUEST, BOB)) {
				assertThat(other.status()).isEqualTo(429);
			}
		});
	}

	@Test
	void theTighterOfSeveralBudgetsCounts() throws Exception {
		start(TOKENS + "10000", "apertis.pass-through.per-user.further-budgets[0].tokens=100",
				"apertis.pass-through.per-user.further-budgets[0].period=1m",
				"apertis.pass-through.budget.tokens=50000");
		this.application.gateway().replyWith(Reply.stream().content("one").finish("stop").usage(PROMPT, 100).done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		Awaitility.await().untilAsserted(() -> {
			try (RawExchange second = this.application.post(TestApplication.REQUEST, ANN)) {
				assertThat(second.status()).isEqualTo(429);
				assertThat(Integer.parseInt(second.header("Retry-After"))).isBetween(30, 60);
			}
		});
	}

	@Test
	void allSpellingsOfANameAreOneUser() throws Exception {
		start(TOKENS + "100");
		this.application.gateway().replyWith(Reply.stream().content("one").finish("stop").usage(PROMPT, 92).done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, "X-User: Ann")) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		for (String name : List.of("ann", "ANN", " aNN ")) {
			awaitRefused("X-User:" + name);
		}
	}

	@Test
	void eachTurnOfAToolLoopIsPaid() throws Exception {
		start(TOKENS + "1000", SLICE + "100", "apertis.pass-through.ui.enabled=true");
		this.application.gateway()
			.replyWith(Reply.stream().toolCall(0, "call-1", "time", "{}").finish("tool_calls").usage(400, 10).done(),
					Reply.stream().toolCall(0, "call-2", "time", "{}").finish("tool_calls").usage(580, 10).done(),
					Reply.answer("never"));
		String request = """
				{"id":"chat-1","messages":[{"id":"u1","role":"user","parts":[{"type":"text","text":"When?"}]}]}""";
		try (RawExchange exchange = this.application.send("POST /apertis/ui/chat", request,
				Map.of("X-User", "ann", "Content-Type", "application/json"))) {
			assertThat(exchange.text()).contains("\"type\":\"error\"").contains("tokens").doesNotContain("never");
		}
		assertThat(this.application.gateway().requests()).hasSize(2);
		awaitNoneActive();
	}

	@Test
	void theApplicationIsToldWhenSomebodyPassesAMark() throws Exception {
		start(TOKENS + "100");
		this.application.gateway().replyWith(Reply.stream().content("one").finish("stop").usage(PROMPT, 80).done());
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST, ANN)) {
			assertThat(exchange.text()).contains("[DONE]");
		}
		Users users = this.application.context().getBean(Users.class);
		Awaitility.await()
			.untilAsserted(() -> assertThat(users.reached).singleElement()
				.satisfies((use) -> assertThat(use.user() + " " + use.limit() + " " + use.used())
					.isEqualTo("user ann tokens 88")));
	}

	@Test
	void plansHaveBudgetsOfTheirOwn() throws Exception {
		this.application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, Users.class, Plans.class),
				"apertis.pass-through.budget.whole-answer=10000000");
		this.application.gateway().replyWith(Reply.completion("a", PROMPT, 2), Reply.completion("b", PROMPT, 2));
		assertThat(ceiling(WHOLE)).isEqualTo(20_000 - PROMPT);
		try (RawExchange exchange = this.application.post(WHOLE, BOB)) {
			assertThat(exchange.status()).isEqualTo(200);
		}
		assertThat(TestApplication.json(this.application.gateway().takeRequest().body()).path("max_tokens").asLong())
			.isEqualTo(1_000_000 - PROMPT);
	}

	/**
	 * What ann has left: it becomes the ceiling of a whole answer, which costs nothing as
	 * the gateway refuses it.
	 */
	private long left() throws Exception {
		this.application.gateway().otherwise((request) -> Reply.error(400, "t", "c", "m"));
		try (RawExchange exchange = this.application.post(WHOLE, ANN)) {
			if (exchange.status() == 429) {
				return 0;
			}
			exchange.text();
		}
		List<RecordedRequest> requests = this.application.gateway().requests();
		return TestApplication.json(requests.get(requests.size() - 1).body()).path("max_tokens").asLong();
	}

	private void awaitRefused(String user) {
		this.application.gateway().otherwise((request) -> Reply.error(404, "t", "model_not_found", "m"));
		Awaitility.await().atMost(SOON).untilAsserted(() -> {
			try (RawExchange exchange = this.application.post(TestApplication.REQUEST, user)) {
				assertThat(exchange.status()).isEqualTo(429);
				assertThat(Integer.parseInt(exchange.header("Retry-After"))).isGreaterThan(80_000);
				assertThat(TestApplication.error(exchange.text()).path("code").asString())
					.isEqualTo("token_budget_exceeded");
			}
		});
	}

	private void awaitNoneActive() {
		Awaitility.await()
			.atMost(SOON)
			.until(() -> this.application.context().getBean(ActiveStreams.class).count() == 0
					&& this.application.active() == 0);
	}

	@Configuration(proxyBeanMethods = false)
	static class Users {

		private final List<LimitUse> reached = new CopyOnWriteArrayList<>();

		@Bean
		PassThroughUserResolver users() {
			return (caller) -> caller.headers().getFirst("X-User");
		}

		@Bean
		ToolFunction time() {
			return ToolFunction.of("time", "Tells the time", () -> "noon");
		}

		@EventListener
		void reached(BudgetReachedEvent event) {
			this.reached.add(event.use());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Plans {

		private static String planOf(@Nullable String user) {
			return "bob".equals(user) ? "pro" : "free";
		}

		@Bean
		BudgetPlan budgetsOfThePlan() {
			return (request) -> {
				long tokens = "pro".equals(planOf(request.user())) ? 1_000_000 : 20_000;
				return List.of(new Budget(Scope.USER, Unit.TOKENS, tokens, Duration.ofDays(1)));
			};
		}

	}

}
