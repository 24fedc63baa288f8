package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Repeats an exchange by a {@link RetryPolicy}: waits for as long as the gateway asks, or
 * else for a random part of an exponentially growing time.
 */
final class RetryBackoff extends Retry {

	private final RetryPolicy policy;

	RetryBackoff(RetryPolicy policy) {
		this.policy = policy;
	}

	@Override
	public Publisher<Long> generateCompanion(Flux<RetrySignal> failures) {
		BackOffExecution backOff = exponential().start();
		return failures.concatMap((signal) -> {
			Throwable failure = signal.failure();
			Duration delay = delay(failure, backOff);
			if (signal.totalRetries() >= this.policy.maxRetries() || delay == null) {
				return Mono.<Long>error(failure);
			}
			return Mono.delay(delay).thenReturn(signal.totalRetries());
		});
	}

	private ExponentialBackOff exponential() {
		ExponentialBackOff exponential = new ExponentialBackOff(Math.max(1, this.policy.initialDelay().toMillis()), 2);
		exponential.setMaxInterval(Math.max(1, this.policy.maxDelay().toMillis()));
		return exponential;
	}

	private @Nullable Duration delay(Throwable failure, BackOffExecution backOff) {
		if (failure instanceof ApertisApiException api && api.isRetryable()) {
			Optional<Duration> asked = api.retryAfter();
			if (asked.isPresent()) {
				return (asked.get().compareTo(this.policy.maxRetryAfter()) <= 0) ? asked.get() : null;
			}
			return jittered(backOff);
		}
		return (failure instanceof ConnectionException) ? jittered(backOff) : null;
	}

	private static Duration jittered(BackOffExecution backOff) {
		return Duration.ofMillis(ThreadLocalRandom.current().nextLong(backOff.nextBackOff() + 1));
	}

}
