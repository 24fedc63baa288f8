package ai.apertis.client.connection;

import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

import ai.apertis.client.call.ConnectionLimits;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import reactor.netty.Metrics;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider.MeterRegistrar;

/**
 * Meters of all pools of one gateway, under Reactor Netty's names.
 */
final class PoolMeters implements MeterRegistrar {

	private static final String PREFIX = "reactor.netty.connection.provider.";

	private final MeterRegistry registry = Metrics.REGISTRY;

	private final ConnectionLimits limits;

	private final ConnectionPermits permits;

	private final String id = Integer.toHexString(System.identityHashCode(this));

	private final Map<String, Pools> byAddress = new ConcurrentHashMap<>();

	PoolMeters(ConnectionLimits limits, ConnectionPermits permits) {
		this.limits = limits;
		this.permits = permits;
	}

	@Override
	public void registerMetrics(String name, String id, SocketAddress address, ConnectionPoolMetrics metrics) {
		this.byAddress.computeIfAbsent(Metrics.formatSocketAddress(address),
				(remote) -> new Pools(Tags.of("id", this.id, "name", name, "remote.address", remote))).pools
			.add(metrics);
	}

	@Override
	public void deRegisterMetrics(String name, String id, SocketAddress address) {
		// the pools are closed together
		Pools closed = this.byAddress.remove(Metrics.formatSocketAddress(address));
		if (closed != null) {
			closed.meters.forEach(this.registry::remove);
		}
	}

	/**
	 * The pools of one address, and their meters.
	 */
	private final class Pools {

		private final List<ConnectionPoolMetrics> pools = new CopyOnWriteArrayList<>();

		private final List<Meter> meters;

		Pools(Tags tags) {
			this.meters = List.of(gauge("total.connections", tags, () -> sum(ConnectionPoolMetrics::allocatedSize)),
					gauge("active.connections", tags, () -> sum(ConnectionPoolMetrics::acquiredSize)),
					gauge("idle.connections", tags, () -> sum(ConnectionPoolMetrics::idleSize)),
					gauge("pending.connections", tags,
							() -> PoolMeters.this.permits.waiting() + sum(ConnectionPoolMetrics::pendingAcquireSize)),
					gauge("max.connections", tags, PoolMeters.this.limits::maxConnections),
					gauge("max.pending.connections", tags, PoolMeters.this.limits::maxPending));
		}

		private int sum(ToIntFunction<ConnectionPoolMetrics> size) {
			return this.pools.stream().mapToInt(size).sum();
		}

		private Meter gauge(String name, Tags tags, Supplier<Number> value) {
			return Gauge.builder(PREFIX + name, value).tags(tags).register(PoolMeters.this.registry);
		}

	}

}
