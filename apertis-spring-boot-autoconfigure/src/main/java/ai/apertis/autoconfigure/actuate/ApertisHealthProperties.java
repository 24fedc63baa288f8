package ai.apertis.autoconfigure.actuate;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the gateway's health.
 *
 * @param timeToLive How long what the gateway said is kept.
 * @param timeout How long to wait for the gateway.
 */
@ConfigurationProperties("apertis.health")
record ApertisHealthProperties(@DefaultValue("1m") Duration timeToLive, @DefaultValue("5s") Duration timeout) {
}
