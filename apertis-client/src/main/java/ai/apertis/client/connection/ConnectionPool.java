package ai.apertis.client.connection;

import java.time.Duration;

import ai.apertis.client.error.ClientClosedException;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.util.ClassUtils;

/**
 * The connections to one gateway, for Reactor Netty. Opens none before it is used. With
 * Micrometer on the class path, Reactor Netty's own meters
 * ({@code reactor.netty.connection.provider.*}) tell of it.
 */
public final class ConnectionPool implements AutoCloseable {

	private static final boolean MICROMETER = ClassUtils.isPresent("io.micrometer.core.instrument.MeterRegistry",
			ConnectionPool.class.getClassLoader());

	private final ConnectionProvider connections;

	private volatile boolean closed;

	private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

	/**
	 * Create a pool.
	 * @param name the pool's name in the meters
	 * @param limits how many connections there may be, and how long they live
	 */
	public ConnectionPool(String name, ConnectionLimits limits) {
		ConnectionProvider.Builder builder = ConnectionProvider.builder(name)
			.maxConnections(limits.maxConnections())
			.pendingAcquireMaxCount(limits.maxPending())
			.pendingAcquireTimeout(limits.pendingTimeout())
			.maxIdleTime(limits.maxIdleTime())
			.evictInBackground(limits.maxIdleTime())
			// the newest first, so that those of a past peak can be let go
			.lifo()
			.disposeTimeout(Duration.ofSeconds(1))
			.metrics(MICROMETER);
		if (limits.maxLifeTime() != null) {
			builder.maxLifeTime(limits.maxLifeTime());
		}
		this.connections = builder.build();
	}

	/**
	 * Return an HTTP client that takes its connections from this pool and suits streams.
	 * It follows no redirect, which could hand the key to another host; repeats nothing
	 * by itself; does not ask for compression, which can hold tokens back; and passes
	 * over informational answers, such as 103, which Reactor Netty would take for the
	 * answer itself, so that the next call got the answer of this one.
	 * @return the HTTP client, to be adapted further
	 */
	public HttpClient httpClient() {
		return HttpClient.create(this.connections)
			.disableRetry(true)
			.mapConnect((connection) -> Mono
				.defer(() -> this.closed ? Mono.error(new ClientClosedException()) : connection))
			.doOnChannelInit((observer, channel, address) -> {
				this.open.add(channel);
				if (this.closed) {
					channel.close();
				}
				channel.pipeline()
					.addBefore(NettyPipeline.ReactiveBridge, InformationalAnswers.NAME, new InformationalAnswers());
			});
	}

	/**
	 * Close all connections. Streams that are still open are interrupted, and calls fail
	 * with a {@link ClientClosedException} from now on.
	 */
	@Override
	public void close() {
		this.closed = true;
		// the provider itself would wait for the streams
		this.open.close();
		this.connections.dispose();
	}

}
