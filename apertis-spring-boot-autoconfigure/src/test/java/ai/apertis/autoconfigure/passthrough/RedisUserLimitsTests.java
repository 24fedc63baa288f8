package ai.apertis.autoconfigure.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ai.apertis.RedisServer;
import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.test.UserLimitsContract;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * The {@link UserLimits} in Redis.
 */
class RedisUserLimitsTests extends UserLimitsContract {

	private static final Duration LONG = Duration.ofMinutes(2);

	private static RedisServer server;

	private static LettuceConnectionFactory connections;

	private final List<RedisUserLimits> instances = new ArrayList<>();

	@BeforeAll
	static void start() throws IOException {
		server = RedisServer.start();
		connections = server.connect();
	}

	@AfterAll
	static void stop() {
		if (server != null) {
			connections.destroy();
			server.close();
		}
	}

	@AfterEach
	void close() {
		this.instances.forEach(RedisUserLimits::close);
	}

	@Override
	protected RedisUserLimits limits(int maxStreams, long requestsPerMinute) {
		return limits(maxStreams, requestsPerMinute, LONG, false);
	}

	private RedisUserLimits limits(int maxStreams, long requestsPerMinute, Duration timeout, boolean allow) {
		RedisUserLimits limits = new RedisUserLimits(connections,
				new RedisUserLimits.Settings((maxStreams > 0) ? maxStreams : null,
						(requestsPerMinute > 0) ? requestsPerMinute : null, timeout, Duration.ofMillis(500), allow),
				this.reached::add);
		this.instances.add(limits);
		return limits;
	}

	@Test
	void whatWasAskedForTooLateIsTakenBack() throws IOException {
		RedisUserLimits limits = limits(1, 0);
		permit(limits, this.ann).release().block(LIMIT);
		server.pause(900);
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> permit(limits, this.ann))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("limits_unavailable"));
		awaitAnswer();
		RedisUserLimits budgets = limits(0, 0);
		UserLimits.Permit permit = permit(budgets, this.ann);
		permit.reserve(spending(List.of(TOKENS), 0, 1)).flatMap((call) -> call.settle(0, 0)).block(LIMIT);
		server.pause(900);
		assertThatExceptionOfType(RefusedException.class)
			.isThrownBy(() -> permit.reserve(spending(List.of(TOKENS), 0, 1_000)).block(LIMIT))
			.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("limits_unavailable"));
		awaitAnswer();
		Awaitility.await().ignoreExceptions().untilAsserted(() -> {
			assertThat(reserve(budgets, this.ann, 0, 1_000).granted()).isEqualTo(1_000);
			permit(limits, this.ann);
		});
	}

	private static void awaitAnswer() {
		Awaitility.await().ignoreExceptions().until(() -> server.command("PING").startsWith("+PONG"));
	}

	@Test
	void nobodyWhoAsksWaitsForTheFirstConnection() {
		List<Thread> connecting = new CopyOnWriteArrayList<>();
		ReactiveRedisConnectionFactory slow = mock();
		given(slow.getReactiveConnection()).willAnswer((call) -> {
			connecting.add(Thread.currentThread());
			throw new IllegalStateException("nobody is there");
		});
		try (RedisUserLimits limits = new RedisUserLimits(slow,
				new RedisUserLimits.Settings(1, null, LONG, Duration.ofMillis(500), false), this.reached::add)) {
			assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> permit(limits, this.ann))
				.satisfies((refusal) -> assertThat(refusal.code()).isEqualTo("limits_unavailable"));
			assertThat(connecting).isNotEmpty().doesNotContain(Thread.currentThread());
		}
	}

	@Test
	void twoInstancesShareWhatThereIs() {
		List<UserLimits> both = List.of(limits(0, 0), limits(0, 0));
		Long granted = Flux.range(0, 200)
			.flatMap((i) -> both.get(i % 2)
				.admit(this.ann)
				.flatMap((permit) -> permit.reserve(spending(List.of(TOKENS), 1, 30)))
				.map((reservation) -> 1 + reservation.granted())
				.onErrorResume(RefusedException.class, (refused) -> Mono.just(0L)), 100)
			.reduce(0L, Long::sum)
			.block(LIMIT);
		assertThat(granted).isEqualTo(1_000);
	}

	@Test
	void whatAnInstanceHeldThatHasDiedIsGivenBack() {
		RedisUserLimits dying = limits(1, 0, Duration.ofSeconds(1), false);
		UserLimits.Permit permit = permit(dying, this.ann);
		UserLimits.Reservation call = permit.reserve(spending(List.of(TOKENS), 100, 900))
			.blockOptional(LIMIT)
			.orElseThrow();
		call.extend(150, 0).block(LIMIT);
		dying.close();
		UserLimits other = limits(1, 0, Duration.ofSeconds(1), false);
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> permit(other, this.ann));
		// what it had reported stays spent
		Awaitility.await()
			.atMost(LIMIT)
			.ignoreExceptionsInstanceOf(RefusedException.class)
			.untilAsserted(() -> assertThat(reserve(other, this.ann, 0, 1_000).granted()).isEqualTo(750));
	}

	@Test
	void whatAnInstanceHoldsThatLivesIsKept() {
		UserLimits limits = limits(1, 0, Duration.ofMillis(300), false);
		UserLimits.Permit permit = permit(limits, this.ann);
		UserLimits.Reservation call = permit.reserve(spending(List.of(TOKENS), 0, 1_000))
			.blockOptional(LIMIT)
			.orElseThrow();
		UserLimits other = limits(0, 0, Duration.ofMillis(300), false);
		Awaitility.await()
			.during(Duration.ofSeconds(1))
			.untilAsserted(() -> assertThatExceptionOfType(RefusedException.class)
				.isThrownBy(() -> reserve(other, this.ann, 0, 1)));
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> permit(limits, this.ann));
		call.settle(0, 0).block(LIMIT);
		assertThat(reserve(other, this.ann, 0, 1).granted()).isOne();
	}

	@Test
	void aCallIsCountedThoughAllWasForgottenMeanwhile() throws IOException {
		UserLimits limits = limits(0, 0);
		UserLimits.Reservation call = reserve(limits, this.ann, 100, 400);
		call.extend(200, 0).block(LIMIT);
		server.command("FLUSHALL");
		assertThat(call.extend(300, 100).block(LIMIT)).isEqualTo(100);
		call.settle(500, 0).block(LIMIT);
		assertThat(reserve(limits, this.ann, 0, 1_000).granted()).isEqualTo(500);
		assertThat(limits.nearLimits()).allSatisfy((use) -> assertThat(use.reserved()).isNotNegative());
	}

	@Test
	void leavesNothingBehind() throws IOException {
		server.command("FLUSHALL");
		Duration shortTime = Duration.ofMillis(100);
		UserLimits limits = limits(2, 5, shortTime, false);
		UserLimits.Permit permit = permit(limits, this.ann);
		permit.reserve(spending(List.of(new Budget(Budget.Scope.USER, Budget.Unit.TOKENS, 100, shortTime)), 1, 1))
			.flatMap((reservation) -> reservation.settle(5, 5))
			.block(LIMIT);
		permit.release().block(LIMIT);
		assertThat(server.command("DBSIZE")).isNotEqualTo(":0");
		// the rate of requests is the last to be forgotten
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(server.command("DBSIZE")).isEqualTo(":1"));
	}

	@Test
	void aStoreThatDoesNotAnswerRefusesSoon() throws Exception {
		UserLimits limits = limits(1, 0);
		UserLimits lenient = limits(1, 0, LONG, true);
		UserLimits.Reservation call = reserve(limits, this.ann, 0, 100);
		server.pause(3_000);
		try {
			assertUnavailable(() -> permit(limits, "user someone"));
			assertUnavailable(() -> call.extend(50, 100).block(LIMIT));
			UserLimits.Reservation free = permit(lenient, "user someone").reserve(spending(List.of(TOKENS), 5_000, 70))
				.blockOptional(LIMIT)
				.orElseThrow();
			assertThat(free.granted()).isEqualTo(70);
			assertThat(free.extend(70, 30).block(LIMIT)).isEqualTo(30);
			// counted when the store is back
			call.settle(200, 0).block(LIMIT);
		}
		finally {
			server.command("CLIENT UNPAUSE");
		}
		assertThat(reserve(limits(0, 0), this.ann, 0, 1_000).granted()).isEqualTo(800);
	}

	private static void assertUnavailable(Runnable call) {
		assertThatExceptionOfType(RefusedException.class).isThrownBy(call::run).satisfies((refusal) -> {
			assertThat(refusal.code()).isEqualTo("limits_unavailable");
			assertThat(refusal.status()).isEqualTo(503);
		});
	}

}
