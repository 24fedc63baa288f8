package ai.apertis.passthrough.format;

import org.jspecify.annotations.Nullable;

/**
 * The response to a request that has failed before anything was sent.
 *
 * @param status the HTTP status
 * @param json the body
 * @param retryAfter the value of the {@code Retry-After} header, {@code null} for none
 */
public record ErrorResponse(int status, byte[] json, @Nullable String retryAfter) {
}
