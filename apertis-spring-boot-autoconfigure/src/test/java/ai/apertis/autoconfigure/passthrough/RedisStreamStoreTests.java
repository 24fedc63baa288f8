package ai.apertis.autoconfigure.passthrough;

import java.io.IOException;
import java.time.Duration;

import ai.apertis.RedisServer;
import ai.apertis.passthrough.resume.Batch;
import ai.apertis.passthrough.resume.StreamStart;
import ai.apertis.passthrough.resume.StreamState;
import ai.apertis.passthrough.resume.StreamStore;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The {@link StreamStore} in Redis.
 */
class RedisStreamStoreTests extends StreamStoreTests {

	/** What a stream takes, however short it is: Redis has nodes of 4 KB for them. */
	private static final int LEAST = 5_000;

	private static RedisServer server;

	private static LettuceConnectionFactory connections;

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

	@Override
	StreamStore store(Duration lease, Duration retention) {
		return new RedisStreamStore(connections, lease, retention);
	}

	@Test
	void tenThousandThatHaveEndedTakeWhatTheyHoldAndAreForgotten() throws IOException {
		server.command("FLUSHALL");
		StreamStore store = store(Duration.ofMinutes(1), Duration.ofSeconds(20));
		byte[] events = new byte[2_000];
		long before = usedMemory();
		Flux.range(0, 10_000).flatMap((i) -> {
			String id = "stream-" + i;
			return store.open(new StreamStart(id, "g", "owner", "model", 5, false))
				.then(store.append(id, "g", new Batch(1, 10, events)))
				.then(store.finish(id, "g", StreamState.COMPLETED));
		}, 64).blockLast(Duration.ofMinutes(1));
		assertThat((usedMemory() - before) / 10_000).isLessThan(LEAST);
		assertThat(server.command("ZCARD apertis:leases")).isEqualTo(":0");
		Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.untilAsserted(() -> assertThat(server.command("DBSIZE")).isEqualTo(":0"));
		assertThat(usedMemory() - before).isLessThan(1024 * 1024);
	}

	private static long usedMemory() {
		try (RedisConnection connection = connections.getConnection()) {
			return Long.parseLong(connection.serverCommands().info("memory").getProperty("used_memory"));
		}
	}

	@Test
	void leavesNothingBehind() throws IOException {
		server.command("FLUSHALL");
		isForgottenAfterItsTime();
		Awaitility.await().untilAsserted(() -> assertThat(server.command("DBSIZE")).isEqualTo(":0"));
	}

}
