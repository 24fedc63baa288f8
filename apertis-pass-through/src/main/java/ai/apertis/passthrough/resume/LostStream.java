package ai.apertis.passthrough.resume;

import org.jspecify.annotations.Nullable;

/**
 * A stream whose owner has gone.
 *
 * @param id the stream's id
 * @param model the requested model
 * @param promptTokens the estimated tokens of the prompt
 * @param events how many events are stored
 */
public record LostStream(String id, @Nullable String model, long promptTokens, long events) {
}
