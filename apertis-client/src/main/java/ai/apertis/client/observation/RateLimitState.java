package ai.apertis.client.observation;

import java.time.Instant;
import java.util.OptionalLong;

import ai.apertis.client.metadata.ResponseMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Rate limit as last reported by the gateway.
 *
 * @param limit how many requests the window allows, {@code null} if that was not told
 * @param remaining how many are left, {@code null} if that was not told
 * @param reset when the window begins anew, {@code null} if that was not told
 * @param reportedAt when it was told
 */
public record RateLimitState(@Nullable Long limit, @Nullable Long remaining, @Nullable Instant reset,
		Instant reportedAt) {

	static @Nullable RateLimitState of(ResponseMetadata metadata) {
		Long limit = boxed(metadata.rateLimit());
		Long remaining = boxed(metadata.rateLimitRemaining());
		return (limit == null && remaining == null) ? null
				: new RateLimitState(limit, remaining, metadata.rateLimitReset().orElse(null), Instant.now());
	}

	private static @Nullable Long boxed(OptionalLong value) {
		return value.isPresent() ? value.getAsLong() : null;
	}

}
