package ai.apertis.passthrough.delivery;

/**
 * What happens with a stream when its client hangs up.
 *
 * @param limits limits of reading it on
 * @param readOn run when it is read on
 */
public record HangUp(DrainLimits limits, Runnable readOn) {
}
