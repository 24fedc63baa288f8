package ai.apertis.passthrough.resume;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A stream that is being stored.
 *
 * @param id the stream's id
 * @param model the requested model
 * @param events how many events are stored
 * @param age how long ago it began
 */
public record RunningStream(String id, @Nullable String model, long events, Duration age) {
}
