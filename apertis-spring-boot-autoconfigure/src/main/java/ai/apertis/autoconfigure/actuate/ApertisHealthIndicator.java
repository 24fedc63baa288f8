package ai.apertis.autoconfigure.actuate;

import java.time.Duration;
import java.util.function.Supplier;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.RateLimitException;
import ai.apertis.client.upstream.Upstream;
import reactor.core.publisher.Mono;

import org.springframework.beans.BeansException;
import org.springframework.boot.health.contributor.AbstractReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Health indicator for the gateway. Checks that it can be reached and accepts the API key
 * by requesting its models, which spends no tokens. The result is cached for a while.
 */
class ApertisHealthIndicator extends AbstractReactiveHealthIndicator {

	private final Mono<Health> health;

	/**
	 * Create an indicator.
	 * @param upstream gives the exchange with the gateway when it is asked first
	 * @param timeToLive how long an answer is kept
	 * @param timeout how long to wait for one
	 */
	public ApertisHealthIndicator(Supplier<Upstream> upstream, Duration timeToLive, Duration timeout) {
		super("The health of the Apertis gateway cannot be told");
		this.health = Mono.defer(() -> upstream.get().models())
			.map((models) -> Health.up().build())
			.timeout(timeout)
			.onErrorResume((failure) -> Mono.just(health(failure)))
			.cache(timeToLive);
	}

	@Override
	protected Mono<Health> doHealthCheck(Health.Builder builder) {
		return this.health;
	}

	private static Health health(Throwable failure) {
		if (failure instanceof RateLimitException) {
			return Health.up().withDetail("reason", "The gateway is there, and limits the rate of requests").build();
		}
		if (failure instanceof BeansException) {
			return Health.unknown().withDetail("reason", "The application has no default client").build();
		}
		Health.Builder down = Health.down();
		if (failure instanceof ApertisApiException api) {
			return down.withDetail("status", api.statusCode()).withDetail("reason", api.error().message()).build();
		}
		String message = (failure instanceof ApertisException) ? String.valueOf(failure.getMessage())
				: "No answer from the gateway: " + failure.getClass().getSimpleName();
		return down.withDetail("reason", message).build();
	}

}
