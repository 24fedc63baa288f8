package ai.apertis.passthrough;

import java.time.Duration;

/**
 * How the pass-through behaves.
 *
 * @param rules what clients may ask for
 * @param headers which headers are passed on
 * @param heartbeat when a client of a silent stream gets a sign of life
 * @param drainLimits what happens with the gateway's stream when its client has hung up
 * @param writeTimeout how long a client of a stream may take nothing
 * @param modelsTimeToLive how long the list of models is kept
 */
public record PassThroughSettings(RequestRules rules, HeaderRules headers, Heartbeat heartbeat, DrainLimits drainLimits,
		Duration writeTimeout, Duration modelsTimeToLive) {
}
