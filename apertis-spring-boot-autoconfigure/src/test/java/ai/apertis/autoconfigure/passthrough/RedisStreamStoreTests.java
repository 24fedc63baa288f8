package ai.apertis.autoconfigure.passthrough;

import java.io.IOException;
import java.time.Duration;

import ai.apertis.RedisServer;
import ai.apertis.passthrough.resume.StreamStore;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The {@link StreamStore} in Redis.
 */
class RedisStreamStoreTests extends StreamStoreTests {

	private static RedisServer server;

	private static LettuceConnectionFactory connections;

	@BeforeAll
	static void start() throws IOException {
		server = RedisServer.start();
		connections = new LettuceConnectionFactory("localhost", server.port());
		connections.afterPropertiesSet();
		connections.start();
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
	void leavesNothingBehind() throws IOException {
		server.command("FLUSHALL");
		isForgottenAfterItsTime();
		Awaitility.await().untilAsserted(() -> assertThat(server.command("DBSIZE")).isEqualTo(":0"));
	}

}
