package ai.apertis.actuate;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What the application has configured, without secrets.
 *
 * @param baseUrl the gateway's base URL
 * @param model the model for requests that name none, {@code null} if there is none
 * @param passThrough whether the pass-through is served
 * @param firstChunkTimeout the longest time to the first chunk
 * @param idleTimeout the longest silence of a stream
 * @param maxRetries how many times a call is repeated
 * @param failover further models
 */
public record ApertisConfiguration(String baseUrl, @Nullable String model, boolean passThrough,
		Duration firstChunkTimeout, Duration idleTimeout, int maxRetries, List<String> failover) {
}
