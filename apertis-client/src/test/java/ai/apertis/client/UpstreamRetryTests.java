package ai.apertis.client;

import java.time.Duration;
import java.util.stream.Stream;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.RateLimitException;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is repeated, how often, and what never is.
 */
class UpstreamRetryTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		this.apertis = client(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofSeconds(5)));
	}

	private ApertisClient client(RetryPolicy retries) {
		return ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.retryPolicy(retries)
			.build();
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	static Stream<Reply> failuresThatMayPass() {
		return Stream.concat(
				Stream.of(408, 409, 429, 500, 502, 503, 504, 529).map((status) -> Reply.error(status, "t", "c", "m")),
				Stream.of(Reply.stream().errorEvent("server_error", "model_overloaded", "Busy"),
						Reply.stream().comment("wait").errorEvent("rate_limit_error", "rate_limit_exceeded", "Slow"),
						Reply.json(200, "{\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}"),
						Reply.error(429, "t", "c", "m").header("retry-after-ms", "1"),
						Reply.error(503, "t", "c", "m").header("Retry-After", "0")));
	}

	@ParameterizedTest
	@MethodSource("failuresThatMayPass")
	void repeatsACallThatFailsBeforeItsFirstEvent(Reply failure) {
		this.gateway.replyWith(failure, failure, Reply.answer("at", " last"));
		StepVerifier.create(this.apertis.chat("hello").content().collectList().map((all) -> String.join("", all)))
			.expectNext("at last")
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.gateway.requests()).hasSize(3);
	}

	@Test
	void repeatsABlockingCall() {
		this.gateway.replyWith(Reply.status(503), Reply.answer("at last"));
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			assertThat(stream.iterator().next().content()).isEqualTo("at last");
		}
		assertThat(this.gateway.requests()).hasSize(2);
	}

	@Test
	void givesUpWithTheLastFailure() {
		this.gateway.replyWith(Reply.error(500, "t", "c", "first"), Reply.error(500, "t", "c", "second"),
				Reply.error(500, "t", "c", "third"));
		assertFails("third", 3);
	}

	static Stream<Reply> failuresThatStay() {
		return Stream.concat(Stream.of(400, 401, 402, 403, 404, 413, 422, 501).map((status) -> {
			return Reply.error(status, "t", "c", "final");
		}), Stream.of(Reply.error(429, "insufficient_quota", "insufficient_quota", "final"),
				Reply.error(429, "t", "c", "final").header("Retry-After", "6"),
				Reply.stream().errorEvent("invalid_request_error", "invalid_request", "final"),
				Reply.stream().content("begun").errorEvent("server_error", "model_overloaded", "final")));
	}

	@ParameterizedTest
	@MethodSource("failuresThatStay")
	void doesNotRepeatWhatCannotPassOrHasBegun(Reply failure) {
		this.gateway.replyWith(failure, Reply.answer("never"));
		assertFails("final", 1);
	}

	@Test
	void doesNotRepeatAStreamThatIsCutAfterItsFirstEvent() {
		this.gateway.replyWith(Reply.stream().content("begun").cut(), Reply.answer("never"));
		assertFails("broke", 1);
	}

	@Test
	void tellsHowLongToWaitWhenThatIsTooLong() {
		this.gateway.replyWith(Reply.error(429, "t", "c", "m").header("Retry-After", "3600"));
		StepVerifier.create(this.apertis.chat("hello").content())
			.expectErrorSatisfies(
					(ex) -> assertThat(((RateLimitException) ex).retryAfter()).contains(Duration.ofHours(1)))
			.verify(LIMIT);
	}

	@Test
	void stopsRepeatingWhenCancelled() {
		ApertisClient patient = client(
				new RetryPolicy(5, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(2)));
		this.gateway.replyWith(Reply.error(429, "t", "c", "m").header("Retry-After", "60"), Reply.answer("never"));
		StepVerifier.create(patient.chat("hello").content())
			.expectSubscription()
			.then(() -> assertThat(takeRequest()).isNotNull())
			.expectNoEvent(Duration.ofMillis(200))
			.thenCancel()
			.verify(LIMIT);
		assertThat(this.gateway.requests()).hasSize(1);
	}

	private Object takeRequest() {
		try {
			return this.gateway.takeRequest();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void assertFails(String message, int requests) {
		StepVerifier.create(this.apertis.chat("hello").content().then())
			.expectErrorSatisfies(
					(ex) -> assertThat(ex).isInstanceOf(ApertisException.class).hasMessageContaining(message))
			.verify(LIMIT);
		assertThat(this.gateway.requests()).hasSize(requests);
	}

}
