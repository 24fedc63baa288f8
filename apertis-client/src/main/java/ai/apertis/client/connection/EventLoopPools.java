package ai.apertis.client.connection;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.TransportConfig;

/**
 * Gives a call that is made on an event loop a connection of that loop, so that whatever
 * it receives can be handed on there: a connection of another loop would wake up another
 * thread with each token. Each event loop has a pool of its own for that, and all other
 * threads share one. A call that had to wait is continued by the loop whose call has
 * ended, and gets a connection of that one.
 */
final class EventLoopPools implements ConnectionProvider {

	private final Supplier<ConnectionProvider> pools;

	private final ConnectionProvider shared;

	private final Map<EventLoop, ConnectionProvider> ofLoops = new ConcurrentHashMap<>();

	/**
	 * Create the pools.
	 * @param pools makes another pool
	 */
	EventLoopPools(Supplier<ConnectionProvider> pools) {
		this.pools = pools;
		this.shared = pools.get();
	}

	@Override
	public Mono<? extends Connection> acquire(TransportConfig config, ConnectionObserver observer,
			@Nullable Supplier<? extends SocketAddress> remoteAddress, @Nullable AddressResolverGroup<?> resolvers) {
		return Mono.defer(() -> pool(config).acquire(config, observer, remoteAddress, resolvers));
	}

	/**
	 * Reactor Netty connects on the event loop that asks for a connection.
	 */
	private ConnectionProvider pool(TransportConfig config) {
		EventLoop loop = config.loopResources().onClient(config.isPreferNative()).next();
		return loop.inEventLoop() ? this.ofLoops.computeIfAbsent(loop, (key) -> this.pools.get()) : this.shared;
	}

	private List<ConnectionProvider> all() {
		List<ConnectionProvider> all = new ArrayList<>(this.ofLoops.values());
		all.add(this.shared);
		return all;
	}

	@Override
	public void disposeWhen(SocketAddress address) {
		all().forEach((pool) -> pool.disposeWhen(address));
	}

	@Override
	public void dispose() {
		disposeLater().subscribe();
	}

	@Override
	public Mono<Void> disposeLater() {
		return Mono.defer(() -> Mono.whenDelayError(all().stream().map(ConnectionProvider::disposeLater).toList()));
	}

	@Override
	public boolean isDisposed() {
		return all().stream().allMatch(ConnectionProvider::isDisposed);
	}

	@Override
	public int maxConnections() {
		return this.shared.maxConnections();
	}

	@Override
	public @Nullable Map<SocketAddress, Integer> maxConnectionsPerHost() {
		return this.shared.maxConnectionsPerHost();
	}

	@Override
	public @Nullable Builder mutate() {
		return this.shared.mutate();
	}

	@Override
	public @Nullable String name() {
		return this.shared.name();
	}

}
