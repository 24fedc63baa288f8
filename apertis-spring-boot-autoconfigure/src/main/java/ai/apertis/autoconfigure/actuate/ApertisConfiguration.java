package ai.apertis.autoconfigure.actuate;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Configuration of the application, without secrets.
 *
 * @param baseUrl the gateway's base URL
 * @param model the model for requests that name none, {@code null} if there is none
 * @param passThrough whether the pass-through is served
 * @param firstChunkTimeout the maximum time to the first chunk
 * @param idleTimeout the maximum silence of a stream
 * @param maxRetries the maximum number of retries
 * @param failover further models
 */
record ApertisConfiguration(String baseUrl, @Nullable String model, boolean passThrough, Duration firstChunkTimeout,
		Duration idleTimeout, int maxRetries, List<String> failover) {
}
