package ai.apertis.client.call;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Limits for the connections to the gateway. Each stream occupies one connection.
 *
 * @param maxConnections the maximum number of connections that are in use, and so the
 * maximum number of streams at a time
 * @param maxPending the maximum number of calls that wait for a connection; any further
 * one fails at once
 * @param pendingTimeout the maximum time that a call waits for a connection
 * @param maxIdleTime how long an unused connection is kept: shorter than load balancers
 * do, which mostly close after 60 seconds
 * @param maxLifeTime how old a connection may be to serve another call, so that changes
 * of the gateway's addresses are noticed, {@code null} for no limit. Never ends a stream
 */
public record ConnectionLimits(int maxConnections, int maxPending, Duration pendingTimeout, Duration maxIdleTime,
		@Nullable Duration maxLifeTime) {

	/** The default limits. */
	public static final ConnectionLimits DEFAULTS = new ConnectionLimits(10_000, 1_000, Duration.ofSeconds(10),
			Duration.ofSeconds(30), Duration.ofMinutes(10));

	/**
	 * Create limits.
	 * @throws IllegalArgumentException if a number or a time is not positive
	 */
	public ConnectionLimits {
		if (maxConnections <= 0 || maxPending <= 0) {
			throw new IllegalArgumentException("The numbers of connections and of pending calls must be positive, not "
					+ maxConnections + " and " + maxPending);
		}
		requirePositive(pendingTimeout, "pendingTimeout");
		requirePositive(maxIdleTime, "maxIdleTime");
		requirePositive(maxLifeTime, "maxLifeTime");
	}

	private static void requirePositive(@Nullable Duration duration, String name) {
		if (duration != null && (duration.isZero() || duration.isNegative())) {
			throw new IllegalArgumentException(name + " must be positive, not " + duration);
		}
	}

}
