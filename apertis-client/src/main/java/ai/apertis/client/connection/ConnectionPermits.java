package ai.apertis.client.connection;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.error.ConnectionLimitException;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.Connection;

/**
 * Limits the number of calls that have a connection; the others wait. Safe for use by
 * several threads.
 */
final class ConnectionPermits {

	private static final AttributeKey<Permit> PERMIT = AttributeKey.valueOf(ConnectionPermits.class, "turn");

	private final ConnectionLimits limits;

	private final Queue<Sinks.Empty<Void>> starting = new ConcurrentLinkedQueue<>();

	/** Whoever raises it from zero starts, until it is zero again. */
	private final AtomicInteger starts = new AtomicInteger();

	// guarded by this

	private final Queue<Permit> waiting = new ArrayDeque<>();

	private int taken;

	ConnectionPermits(ConnectionLimits limits) {
		this.limits = limits;
	}

	/**
	 * Wait for a turn, and connect then. The turn lasts until the connection has
	 * {@linkplain #ended ended} its call, or there is none.
	 * @return the connection; fails with a {@link ConnectionLimitException} if too many
	 * wait already, or for too long
	 */
	Mono<? extends Connection> over(Mono<? extends Connection> connection) {
		return Mono.defer(() -> {
			Permit permit = take();
			Mono<? extends Connection> begun = (permit.start != null) ? waiting(permit.start).then(connection)
					: connection;
			return begun.doOnNext((connected) -> use(connected.channel(), permit))
				.doOnError((failure) -> permit.end())
				.doOnCancel(permit::giveUp);
		});
	}

	private Mono<Void> waiting(Sinks.Empty<Void> start) {
		return start.asMono()
			.timeout(this.limits.pendingTimeout(), Mono.error(() -> new ConnectionLimitException(null)));
	}

	private static void use(Channel channel, Permit permit) {
		permit.connected = true;
		channel.attr(PERMIT).set(permit);
		if (channel.parent() != null) {
			// a stream of HTTP/2, which no pool gets back
			channel.closeFuture().addListener((future) -> ended(channel));
		}
		if (!channel.isActive()) {
			ended(channel);
		}
	}

	/**
	 * The channel is closed, or back in its pool.
	 */
	static void ended(Channel channel) {
		Permit permit = channel.attr(PERMIT).getAndSet(null);
		if (permit != null) {
			permit.end();
		}
	}

	/**
	 * How many wait for their turn.
	 */
	synchronized int waiting() {
		return this.waiting.size();
	}

	private synchronized Permit take() {
		if (this.taken < this.limits.maxConnections()) {
			this.taken++;
			return new Permit(null);
		}
		if (this.waiting.size() >= this.limits.maxPending()) {
			throw new ConnectionLimitException(null);
		}
		Permit permit = new Permit(Sinks.empty());
		this.waiting.add(permit);
		return permit;
	}

	/**
	 * Whose turn is next, after one has ended or does not wait any more.
	 */
	private synchronized @Nullable Permit after(Permit permit) {
		if (permit.ended) {
			return null;
		}
		permit.ended = true;
		if (permit.start != null && this.waiting.remove(permit)) {
			return null;
		}
		Permit next = this.waiting.poll();
		if (next == null) {
			this.taken--;
		}
		return next;
	}

	/**
	 * Start a turn. One that fails at once starts the next: not from within, as many may
	 * wait.
	 */
	private void start(Sinks.Empty<Void> permit) {
		this.starting.add(permit);
		if (this.starts.getAndIncrement() > 0) {
			return;
		}
		do {
			Sinks.Empty<Void> next = this.starting.poll();
			if (next != null) {
				next.tryEmitEmpty();
			}
		}
		while (this.starts.decrementAndGet() > 0);
	}

	/**
	 * The time for which one call has a connection.
	 */
	private final class Permit {

		/** Of one that had to wait. */
		private final Sinks.@Nullable Empty<Void> start;

		private volatile boolean connected;

		/** Guarded by the permits. */
		private boolean ended;

		Permit(Sinks.@Nullable Empty<Void> start) {
			this.start = start;
		}

		/**
		 * End the turn if it has no connection, which will end it otherwise.
		 */
		void giveUp() {
			if (!this.connected) {
				end();
			}
		}

		void end() {
			Permit next = after(this);
			if (next != null && next.start != null) {
				start(next.start);
			}
		}

	}

}
