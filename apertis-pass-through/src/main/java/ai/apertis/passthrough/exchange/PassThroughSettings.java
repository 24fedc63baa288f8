package ai.apertis.passthrough.exchange;

import java.time.Duration;

import ai.apertis.passthrough.delivery.DeliverySettings;
import ai.apertis.passthrough.route.RequestRules;

/**
 * Settings of the pass-through.
 *
 * @param rules what clients may ask for
 * @param uploads limits of the bodies of their requests
 * @param headers which headers are passed on
 * @param delivery signs of life, draining and write limits
 * @param modelsTimeToLive how long the list of models is kept
 */
public record PassThroughSettings(RequestRules rules, UploadLimits uploads, HeaderRules headers,
		DeliverySettings delivery, Duration modelsTimeToLive) {
}
