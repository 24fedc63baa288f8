package ai.apertis.passthrough.exchange;

import java.time.Duration;

/**
 * Limits of the bodies of clients' requests.
 *
 * @param maxSize the maximum number of bytes that a body may have
 * @param timeout how long a body may take to arrive
 */
public record UploadLimits(int maxSize, Duration timeout) {
}
