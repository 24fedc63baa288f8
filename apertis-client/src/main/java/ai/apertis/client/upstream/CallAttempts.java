package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.MalformedChunkException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.stream.ApiRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

import org.springframework.http.HttpHeaders;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * The attempts that remain for one call: retries of the requested model, then further
 * models. The wait before a retry is the one that the gateway requests, else a random
 * part of an exponentially growing time. Used by one attempt at a time.
 */
public final class CallAttempts {

	/** What one model refuses, and another may do. */
	private static final Set<String> OF_THE_MODEL = Set.of("model_not_found", "model_access_denied",
			"context_length_exceeded", "output_length_exceeded", "content_policy_violation", "tool_use_failed",
			"unsupported_parameter", "unsupported_value");

	private final BiConsumer<Throwable, @Nullable String> onRetry;

	private final RetryPolicy policy;

	private final @Nullable Duration totalTimeout;

	private final long start = now();

	private final boolean failover;

	private final Deque<String> furtherModels;

	private BackOffExecution backOff;

	private int retries;

	/** Whether the model has fallen silent in mid-stream. */
	private boolean stalled;

	private @Nullable String model;

	private String reason = "";

	/**
	 * Create the attempts of one call.
	 * @param options how the call is made
	 * @param onRetry called before each attempt but the first, with the failure of the
	 * one before, and with the model if it is another one now
	 */
	public CallAttempts(CallOptions options, BiConsumer<Throwable, @Nullable String> onRetry) {
		this.onRetry = onRetry;
		this.policy = options.retries();
		this.totalTimeout = options.limits().totalTimeout();
		this.failover = !options.failover().isEmpty();
		this.furtherModels = new ArrayDeque<>(options.failover());
		this.backOff = backOff();
	}

	private BackOffExecution backOff() {
		ExponentialBackOff exponential = new ExponentialBackOff(Math.max(1, this.policy.initialDelay().toMillis()), 2);
		exponential.setMaxInterval(Math.max(1, this.policy.maxDelay().toMillis()));
		return exponential.start();
	}

	/**
	 * Return how to repeat a call of which nothing has been handed on and whose answer
	 * has not begun.
	 */
	Retry beforeResponse() {
		return retry(false);
	}

	/**
	 * Return how to repeat a call of which nothing has been handed on, even if its answer
	 * had begun, as it is collected first.
	 * @return what to give to {@code retryWhen}
	 */
	public Retry collected() {
		return retry(true);
	}

	private Retry retry(boolean begun) {
		return Retry.from((failures) -> failures.concatMap((signal) -> {
			Throwable failure = signal.failure();
			return next(failure, begun).map(Mono::delay).orElseGet(() -> Mono.error(failure));
		}));
	}

	/**
	 * Decide what follows a failure.
	 * @return how long to wait before the next attempt, empty if there is none
	 */
	private Optional<Duration> next(Throwable failure, boolean begun) {
		if (this.retries < this.policy.maxRetries() && !isStalledAgain(failure)) {
			Optional<Duration> delay = delay(failure, begun).filter(this::isInTime).filter(this::keepsNoStatus);
			if (delay.isPresent()) {
				this.retries++;
				this.stalled |= failure instanceof StreamTimeoutException;
				this.onRetry.accept(failure, null);
				return delay;
			}
		}
		return (isForAnotherModel(failure, begun) && isInTime(Duration.ZERO)) ? nextModel(failure) : Optional.empty();
	}

	/**
	 * Each attempt that stalls takes as long as the limit for silence: the next one goes
	 * to another model, or, if there is none, once more to the same.
	 */
	private boolean isStalledAgain(Throwable failure) {
		return failure instanceof StreamTimeoutException && (this.stalled || !this.furtherModels.isEmpty());
	}

	/**
	 * Return whether there would be time left for an attempt after a wait.
	 */
	private boolean isInTime(Duration delay) {
		return this.totalTimeout == null || elapsed().plus(delay).compareTo(this.totalTimeout) < 0;
	}

	/**
	 * Return whether a wait is over before the status would be lost to whoever waits for
	 * it, or begins only after that.
	 */
	private boolean keepsNoStatus(Duration delay) {
		Duration limit = this.policy.statusTimeout();
		return limit == null || elapsed().compareTo(limit) >= 0 || elapsed().plus(delay).compareTo(limit) < 0;
	}

	/**
	 * Return how long the call has taken so far, with all its attempts and waits.
	 */
	Duration elapsed() {
		return Duration.ofNanos(now() - this.start);
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	private Optional<Duration> delay(Throwable failure, boolean begun) {
		if (failure instanceof ApertisApiException api && api.isRetryable()) {
			Optional<Duration> asked = api.retryAfter();
			return asked.isPresent() ? asked.filter((wait) -> wait.compareTo(this.policy.maxRetryAfter()) <= 0)
					: Optional.of(jittered());
		}
		return isBroken(failure, begun) ? Optional.of(jittered()) : Optional.empty();
	}

	private static boolean isBroken(Throwable failure, boolean begun) {
		if (failure instanceof ConnectionException connection) {
			return ConnectionFailures.mayPass(connection);
		}
		if (failure instanceof StreamTimeoutException timeout) {
			return begun && (timeout.limit() == Limit.IDLE || timeout.limit() == Limit.CONTENT);
		}
		return failure instanceof MalformedChunkException || (begun && failure instanceof StreamInterruptedException);
	}

	private Duration jittered() {
		return Duration.ofMillis(ThreadLocalRandom.current().nextLong(this.backOff.nextBackOff() + 1));
	}

	/**
	 * Return whether another model may do better: whatever may pass, and what only the
	 * model is to blame for.
	 */
	private static boolean isForAnotherModel(Throwable failure, boolean begun) {
		if (failure instanceof ApertisApiException api) {
			return api.isRetryable() || api.code().filter(OF_THE_MODEL::contains).isPresent();
		}
		if (failure instanceof StreamTimeoutException timeout
				&& (timeout.limit() == Limit.FIRST_CHUNK || timeout.limit() == Limit.WHOLE_RESPONSE)) {
			return true;
		}
		return isBroken(failure, begun);
	}

	private Optional<Duration> nextModel(Throwable failure) {
		String next = this.furtherModels.poll();
		if (next == null) {
			return Optional.empty();
		}
		this.model = next;
		this.onRetry.accept(failure, next);
		this.reason = (failure instanceof ApertisApiException api) ? api.code().orElse("primary_model_failed")
				: (failure instanceof StreamTimeoutException) ? "first_chunk_timeout" : "connection_failed";
		this.retries = 0;
		this.stalled = false;
		this.backOff = backOff();
		return Optional.of(Duration.ZERO);
	}

	/**
	 * Return the request of the next attempt: the call's own, to the model whose turn it
	 * is.
	 */
	ApiRequest request(ApiRequest request) {
		return (this.model != null) ? request.withModel(this.model) : request;
	}

	/**
	 * Return the headers of the attempt's answer. If there are further models to ask,
	 * they name the one that answered, as the gateway does for its own fallback.
	 */
	HttpHeaders headers(HttpHeaders response, ApiRequest request) {
		if (!this.failover) {
			return response;
		}
		HttpHeaders headers = new HttpHeaders(response);
		String first = (request.model() != null) ? request.model() : "";
		if (!headers.containsHeader("X-Actual-Model")) {
			headers.set("X-Actual-Model", (this.model != null) ? this.model : first);
		}
		if (this.model != null) {
			headers.set("X-Fallback-Used", "true");
			headers.set("X-Fallback-From", first);
			headers.set("X-Fallback-Reason", this.reason);
		}
		return headers;
	}

}
