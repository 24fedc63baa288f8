package ai.apertis.autoconfigure.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.RedisServer;
import ai.apertis.passthrough.resume.StreamStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The {@link StreamStore} in a cluster of Redis, where the keys of a script must be in
 * one slot.
 */
class RedisClusterTests extends StreamStoreTests {

	private static final List<RedisServer> servers = new ArrayList<>();

	private static LettuceConnectionFactory connections;

	@BeforeAll
	static void start() throws IOException, InterruptedException {
		for (int i = 0; i < 3; i++) {
			servers.add(RedisServer.start("--cluster-enabled", "yes"));
		}
		RedisServer.formCluster(servers);
		connections = RedisServer.connect(servers);
	}

	@AfterAll
	static void stop() {
		if (connections != null) {
			connections.destroy();
		}
		servers.forEach(RedisServer::close);
	}

	@Override
	StreamStore store(Duration lease, Duration retention) {
		return new RedisStreamStore(connections, lease, retention);
	}

}
