package ai.apertis.client.observation;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Failed call. The message of the gateway is left out, as it may quote a prompt.
 *
 * @param time when it ended
 * @param model the requested model, as the request names it, cut after 100 characters
 * @param outcome how it ended
 * @param errorType the kind of failure, as in the meters
 * @param requestId the gateway's id of the request, {@code null} if it told none
 */
public record ObservedFailure(Instant time, String model, String outcome, String errorType,
		@Nullable String requestId) {
}
