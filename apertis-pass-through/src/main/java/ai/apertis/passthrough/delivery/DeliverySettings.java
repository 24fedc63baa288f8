package ai.apertis.passthrough.delivery;

import java.time.Duration;

/**
 * Settings of deliveries.
 *
 * @param heartbeat when the client of a silent stream gets a sign of life
 * @param drainLimits limits of reading a stream on whose client has hung up
 * @param writeTimeout how long a client may take nothing
 */
public record DeliverySettings(Heartbeat heartbeat, DrainLimits drainLimits, Duration writeTimeout) {
}
