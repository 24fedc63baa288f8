package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

import ai.apertis.benchmarks.gateway.FastGateway;
import ai.apertis.benchmarks.measure.MeasuredProcess;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind the relays.
 *
 * @param gateway sends the streams
 * @param redis keeps them, {@code null} if no relay stores them there
 */
record Backends(MeasuredProcess gateway, @Nullable MeasuredProcess redis) implements AutoCloseable {

	/**
	 * Start what some relays need.
	 */
	static Backends start(Collection<Contender> relays) throws IOException, InterruptedException {
		int port = MeasuredProcess.freePort();
		MeasuredProcess gateway = MeasuredProcess
			.start(port, MeasuredProcess.java(List.of("-Xmx1g"), "", FastGateway.class, List.of(String.valueOf(port))))
			.awaitPort();
		return new Backends(gateway, relays.stream().anyMatch(Contender::usesRedis) ? startRedis() : null);
	}

	private static MeasuredProcess startRedis() throws IOException, InterruptedException {
		int port = MeasuredProcess.freePort();
		return MeasuredProcess
			.start(port, List.of("redis-server", "--port", String.valueOf(port), "--bind", "127.0.0.1", "--save", "",
					"--appendonly", "no"))
			.awaitPort();
	}

	/**
	 * The store of a relay's streams, if it is a process of its own.
	 */
	@Nullable MeasuredProcess storeOf(Contender relay) {
		return relay.usesRedis() ? this.redis : null;
	}

	int redisPort() {
		return (this.redis != null) ? this.redis.port() : 0;
	}

	@Override
	public void close() throws InterruptedException {
		this.gateway.close();
		if (this.redis != null) {
			this.redis.close();
		}
	}

}
