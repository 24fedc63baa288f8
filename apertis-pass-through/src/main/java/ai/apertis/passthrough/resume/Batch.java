package ai.apertis.passthrough.resume;

/**
 * Events of a stream that are stored together.
 *
 * @param first the number of the first event, from 1
 * @param last the number of the last event
 * @param bytes the events as they went down, which must not be changed
 */
public record Batch(long first, long last, byte[] bytes) {
}
