package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;

import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How much may be asked for, in all and by each user.
 */
@BothStacks
class UserLimitsTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final Reply HELD = Reply.stream().content("one").hold().finish("stop").usage(10, 20).done();

	@Parameter
	private WebApplicationType type;

	@Test
	void refusesMoreStreamsThanThereMayBeInAll() throws IOException {
		try (TestApplication application = start("apertis.pass-through.max-streams=1")) {
			assertRefusedWhileOneIsUnderWay(application, "X-User: other");
		}
	}

	@Test
	void refusesMoreStreamsThanAUserMayHave() throws IOException {
		try (TestApplication application = start("apertis.pass-through.per-user.max-streams=1")) {
			assertRefusedWhileOneIsUnderWay(application, "X-User: one");
			application.gateway().replyWith(HELD, Reply.answer("other"));
			try (RawExchange first = application.post(TestApplication.REQUEST, "X-User: one")) {
				assertThat(first.chunk()).contains("\"one\"");
				assertAnswered(application, "X-User: other");
				application.gateway().release();
				assertThat(first.text()).contains("[DONE]");
			}
		}
	}

	@Test
	void tellsNobodiesApartByTheirAddress() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.per-user.max-streams=1")) {
			assertRefusedWhileOneIsUnderWay(application, "X-Forwarded-For: 10.0.0.1");
		}
	}

	@Test
	void knowsTheAddressThatAProxyTells() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.per-user.max-streams=1", "server.forward-headers-strategy=framework")) {
			application.gateway().replyWith(HELD, Reply.answer("other"));
			try (RawExchange first = application.post(TestApplication.REQUEST, "X-Forwarded-For: 10.0.0.1")) {
				assertThat(first.chunk()).contains("\"one\"");
				assertAnswered(application, "X-Forwarded-For: 10.0.0.2");
				try (RawExchange again = application.post(TestApplication.REQUEST, "X-Forwarded-For: 10.0.0.1")) {
					assertThat(again.status()).isEqualTo(429);
				}
				application.gateway().release();
				assertThat(first.text()).contains("[DONE]");
			}
		}
	}

	@ParameterizedTest
	@CsvSource({ "framework, X-Forwarded-For: %s", "native, X-Forwarded-For: %s",
			"framework, Forwarded: for=\"%s:4711\";proto=https" })
	void aForgedAddressMakesNobodyANewCaller(String strategy, String header) throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.per-user.max-streams=1", "server.forward-headers-strategy=" + strategy)) {
			String proxies = ", 203.0.113.9, 10.0.0.7".replace(", ", header.startsWith("F") ? ", for=" : ", ");
			application.gateway().replyWith(HELD, Reply.answer("other"));
			try (RawExchange first = application.post(TestApplication.REQUEST,
					header.formatted("198.51.100.1") + proxies)) {
				assertThat(first.chunk()).contains("\"one\"");
				try (RawExchange forged = application.post(TestApplication.REQUEST,
						header.formatted("198.51.100.2") + proxies)) {
					assertThat(forged.status()).isEqualTo(429);
				}
				assertAnswered(application, header.formatted("198.51.100.1"));
				application.gateway().release();
				assertThat(first.text()).contains("[DONE]");
			}
		}
	}

	@Test
	void endsAnAnswerInOrderEvenIfItsPermitCannotBeReleased() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				java.util.List.of(TestApplication.Open.class, BrokenStore.class))) {
			application.gateway().replyWith(Reply.answer("whole"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
				assertThat(exchange.text()).contains("whole").endsWith("data: [DONE]\n\n");
				assertThat(exchange.isTerminated()).isTrue();
			}
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class BrokenStore {

		@Bean
		UserLimits userLimits() {
			return (user) -> Mono.just(new UserLimits.Permit() {

				@Override
				public Mono<UserLimits.Reservation> reserve(Spending spending) {
					return Mono.error(new IllegalStateException("the store is down"));
				}

				@Override
				public Mono<Void> release() {
					return Mono.error(new IllegalStateException("the store is down"));
				}

			});
		}

	}

	private static void assertRefusedWhileOneIsUnderWay(TestApplication application, String user) throws IOException {
		application.gateway().replyWith(HELD);
		try (RawExchange first = application.post(TestApplication.REQUEST, "X-User: one")) {
			assertThat(first.chunk()).contains("\"one\"");
			for (String body : new String[] { TestApplication.REQUEST,
					TestApplication.REQUEST.replace("true", "false") }) {
				try (RawExchange second = application.post(body, user)) {
					assertThat(second.status()).isEqualTo(429);
					assertThat(second.header("Retry-After")).isEqualTo("1");
					assertThat(TestApplication.error(second.text()).path("code").asString())
						.isEqualTo("too_many_streams");
				}
			}
			application.gateway().release();
			assertThat(first.text()).contains("[DONE]");
		}
		assertThat(application.gateway().requests()).hasSize(1);
		application.gateway().replyWith(Reply.answer("again"));
		assertAnswered(application, user);
		application.gateway().reset();
	}

	@Test
	void givesThePlaceBackOfAStreamThatFailsOrIsRefused() throws IOException {
		try (TestApplication application = start("apertis.pass-through.per-user.max-streams=1",
				"apertis.pass-through.max-streams=1")) {
			for (Reply reply : new Reply[] { Reply.error(400, "t", "c", "m"), Reply.stream().content("half").cut(),
					Reply.json(200, "{"), Reply.answer("whole") }) {
				application.gateway().replyWith(reply);
				try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
					assertThat(exchange.status()).isNotEqualTo(429);
					assertThat(exchange.text()).isNotEmpty();
				}
				Awaitility.await()
					.atMost(SOON)
					.until(() -> application.context().getBean(ActiveStreams.class).count() == 0);
			}
		}
	}

	@Test
	void refusesMoreRequestsThanAUserMayMakeInAMinute() throws IOException {
		try (TestApplication application = start("apertis.pass-through.per-user.requests-per-minute=2")) {
			application.gateway().replyWith(Reply.answer("1"), Reply.answer("2"), Reply.answer("3"));
			assertAnswered(application, "X-User: one");
			assertAnswered(application, "X-User: one");
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "X-User: one")) {
				assertThat(exchange.status()).isEqualTo(429);
				assertThat(Integer.parseInt(exchange.header("Retry-After"))).isBetween(1, 30);
				assertThat(TestApplication.error(exchange.text()).path("code").asString())
					.isEqualTo("rate_limit_exceeded");
			}
			assertAnswered(application, "X-User: other");
		}
	}

	@Test
	void refusesAUserWhoHasSpentTheTokens() throws IOException {
		try (TestApplication application = start("apertis.pass-through.per-user.tokens=100",
				"apertis.pass-through.per-user.period=1h")) {
			for (int i = 0; i < 2; i++) {
				application.gateway().replyWith(Reply.stream().content("a").finish("stop").usage(30, 50).done());
				assertAnswered(application, "X-User: one");
			}
			awaitRefused(application, "X-User: one");
			application.gateway().replyWith(Reply.completion("whole", 60, 60));
			try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("true", "false"),
					"X-User: other")) {
				assertThat(exchange.status()).isEqualTo(200);
			}
			awaitRefused(application, "X-User: other");
		}
	}

	@Test
	void countsAStreamWhoseClientHangsUpBeforeTheUsage() throws Exception {
		try (TestApplication application = start("apertis.pass-through.per-user.tokens=100",
				"apertis.pass-through.per-user.period=1h")) {
			application.gateway().replyWith(Reply.stream().repeat(" on", 100_000, Duration.ofMillis(1)));
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "X-User: one")) {
				StringBuilder received = new StringBuilder();
				while (received.toString().split("\" on\"").length < 88) {
					received.append(exchange.chunk());
				}
			}
			RecordedRequest request = application.gateway().takeRequest();
			assertThat(request.awaitClosed(SOON)).isTrue();
			awaitRefused(application, "X-User: one");
		}
	}

	private static void awaitRefused(TestApplication application, String user) {
		application.gateway().otherwise((request) -> Reply.error(404, "t", "model_not_found", "m"));
		Awaitility.await().atMost(SOON).untilAsserted(() -> {
			try (RawExchange exchange = application.post(TestApplication.REQUEST, user)) {
				assertThat(exchange.status()).isEqualTo(429);
				assertThat(Integer.parseInt(exchange.header("Retry-After"))).isBetween(3_000, 3_600);
				assertThat(TestApplication.error(exchange.text()).path("code").asString())
					.isEqualTo("token_budget_exceeded");
			}
		});
	}

	private static void assertAnswered(TestApplication application, String user) throws IOException {
		try (RawExchange exchange = application.post(TestApplication.REQUEST, user)) {
			assertThat(exchange.text()).contains("[DONE]");
		}
	}

	private TestApplication start(String... properties) {
		return TestApplication.start(this.type, java.util.List.of(TestApplication.Open.class, UserHeader.class),
				properties);
	}

	@Configuration(proxyBeanMethods = false)
	static class UserHeader {

		@Bean
		PassThroughUserResolver userResolver() {
			return (caller) -> caller.headers().getFirst("X-User");
		}

	}

}
