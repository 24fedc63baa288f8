package ai.apertis.client.connection;

import java.time.Duration;

import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.error.ClientClosedException;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import reactor.core.publisher.Mono;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.util.ClassUtils;

/**
 * Connections to one gateway, for Reactor Netty. No connection is opened before the first
 * call. With Micrometer on the class path, gauges with the names of Reactor Netty's own
 * ({@code reactor.netty.connection.provider.*}) are registered.
 */
public final class ConnectionPool implements AutoCloseable {

	private static final boolean MICROMETER = ClassUtils.isPresent("io.micrometer.core.instrument.MeterRegistry",
			ConnectionPool.class.getClassLoader());

	private final ConnectionProvider connections;

	private final ConnectionPermits permits;

	private static final int MAX_LINE = 16 * 1024;

	/** Proxies and gateways add headers of their own, cookies and policies among them. */
	private static final int MAX_HEAD = 128 * 1024;

	/** How often idle connections are looked for while one may be idle. */
	private static final int LOOKS = 10;

	private volatile boolean closed;

	private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

	/**
	 * Create a pool.
	 * @param name the pool's name in the meters
	 * @param limits how many connections there may be, and how long they live
	 */
	public ConnectionPool(String name, ConnectionLimits limits) {
		this.permits = new ConnectionPermits(limits);
		ConnectionProvider.Builder builder = ConnectionProvider.builder(name)
			// the turns limit them all together
			.maxConnections(limits.maxConnections())
			.pendingAcquireMaxCount(-1)
			.pendingAcquireTimeout(limits.pendingTimeout())
			// looked for so often that none is idle for longer than it may
			.maxIdleTime(limits.maxIdleTime().minus(limits.maxIdleTime().dividedBy(LOOKS)))
			.evictInBackground(limits.maxIdleTime().dividedBy(LOOKS))
			// the newest first, so that those of a past peak can be let go
			.lifo()
			.disposeTimeout(Duration.ofSeconds(1));
		if (limits.maxLifeTime() != null) {
			builder.maxLifeTime(limits.maxLifeTime());
		}
		if (MICROMETER) {
			PoolMeters meters = new PoolMeters(limits, this.permits);
			builder.metrics(true, () -> meters);
		}
		this.connections = new EventLoopPools(builder::build);
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
			.httpResponseDecoder((decoder) -> decoder.maxInitialLineLength(MAX_LINE).maxHeaderSize(MAX_HEAD))
			.mapConnect((connection) -> this.permits
				.over(Mono.defer(() -> this.closed ? Mono.error(new ClientClosedException()) : connection)))
			.observe((connection, state) -> {
				if (state == ConnectionObserver.State.RELEASED) {
					ConnectionPermits.ended(connection.channel());
				}
			})
			.doOnChannelInit((observer, channel, address) -> {
				this.open.add(channel);
				channel.closeFuture().addListener((future) -> ConnectionPermits.ended(channel));
				if (this.closed) {
					channel.close();
				}
				channel.pipeline()
					.addBefore(NettyPipeline.ReactiveBridge, InformationalResponseFilter.NAME,
							new InformationalResponseFilter())
					.addBefore(NettyPipeline.ReactiveBridge, ConnectionFaults.NAME, new ConnectionFaults());
			});
	}

	/**
	 * Close all connections. Streams that are still open are interrupted, and calls fail
	 * with a {@link ClientClosedException} from now on.
	 */
	@Override
	public void close() {
		this.closed = true;
		// the provider itself would wait for the streams; an event loop that is shut
		// down, as may be by now, closes its channels by itself, and takes no orders
		this.open.close((channel) -> !channel.eventLoop().isShuttingDown());
		this.connections.dispose();
	}

}
