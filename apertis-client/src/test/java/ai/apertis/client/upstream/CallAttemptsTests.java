package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.GatewayError;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How long the waits between attempts are, in virtual time.
 */
class CallAttemptsTests {

	private static final RetryPolicy POLICY = new RetryPolicy(2, Duration.ofSeconds(1), Duration.ofSeconds(8),
			Duration.ofSeconds(60));

	private final AtomicInteger attempts = new AtomicInteger();

	@Test
	void waitsAsLongAsTheGatewayAsks() {
		StepVerifier.withVirtualTime(() -> failing("30"))
			.expectSubscription()
			.expectNoEvent(Duration.ofMillis(29_999))
			.then(() -> assertThat(this.attempts).hasValue(1))
			.thenAwait(Duration.ofMillis(1))
			.then(() -> assertThat(this.attempts).hasValue(2))
			.thenAwait(Duration.ofSeconds(30))
			.expectError(ApertisApiException.class)
			.verify(Duration.ofSeconds(10));
		assertThat(this.attempts).hasValue(3);
	}

	@Test
	void doesNotWaitForLongerThanItsLimit() {
		StepVerifier.withVirtualTime(() -> failing("61"))
			.expectError(ApertisApiException.class)
			.verify(Duration.ofSeconds(10));
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void waitsForAPartOfAGrowingTimeWhenTheGatewayDoesNotSay() {
		StepVerifier.withVirtualTime(() -> failing(null))
			.expectSubscription()
			.thenAwait(Duration.ofSeconds(1))
			.then(() -> assertThat(this.attempts.get()).isGreaterThanOrEqualTo(2))
			.thenAwait(Duration.ofSeconds(2))
			.expectError(ApertisApiException.class)
			.verify(Duration.ofSeconds(10));
		assertThat(this.attempts).hasValue(3);
	}

	private Mono<Object> failing(String retryAfter) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RETRY_AFTER, retryAfter);
		return Mono.defer(() -> {
			this.attempts.incrementAndGet();
			return Mono.error(ApertisApiException.of(429, new GatewayError("m", null, null, null, 0), headers, ""));
		}).retryWhen(new CallAttempts(CallOptions.DEFAULTS.withRetries(POLICY), (failure, model) -> {
		}).beforeResponse());
	}

}
