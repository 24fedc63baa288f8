package ai.apertis.client;

import java.util.concurrent.atomic.AtomicBoolean;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamSummary;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

import org.springframework.http.HttpHeaders;

/**
 * {@link StreamListener} for the attempts of a collected call. Each attempt has a stream
 * of its own, but listeners see one call, which ends as its last attempt does.
 */
final class LastAttempt implements StreamListener {

	private static final Log logger = LogFactory.getLog(LastAttempt.class);

	private final StreamListener call;

	private volatile boolean underWay;

	private volatile boolean cancelled;

	private final AtomicBoolean ended = new AtomicBoolean();

	private @Nullable ChatCompletion received;

	/** {@code null} while an attempt is under way, or a next one is waited for. */
	private volatile @Nullable End end;

	/**
	 * Create the attempts.
	 * @param call listener of the call
	 */
	LastAttempt(StreamListener call) {
		this.call = call;
	}

	@Override
	public void sending() {
		this.underWay = true;
		this.call.sending();
	}

	@Override
	public void onResponse(HttpHeaders headers) {
		this.call.onResponse(headers);
	}

	@Override
	public void reading() {
		this.call.reading();
	}

	@Override
	public void chunk(Event event) {
		this.call.chunk(event);
	}

	@Override
	public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
		this.end = new End(outcome, summary, failure);
		this.underWay = false;
		if (this.cancelled) {
			end(outcome, failure);
		}
	}

	/**
	 * The attempt has failed, and is retried.
	 */
	void onRetry(Throwable failure, @Nullable String model) {
		End end = this.end;
		this.end = null;
		this.call.onRetry(failure, (end != null) ? end.summary() : null, model);
	}

	/**
	 * Keep what the failed attempt has received; if that is nothing, let its failure tell
	 * of what an earlier one has.
	 */
	void keep(ApertisException failure) {
		if (failure.partialCompletion().isPresent()) {
			this.received = failure.partialCompletion().get();
		}
		else if (this.received != null) {
			failure.keepPartialCompletion(this.received);
		}
	}

	/**
	 * Let the call end with the attempts.
	 */
	<T> Mono<T> endingWith(Mono<T> attempts) {
		return attempts.doOnSuccess((whole) -> end(Outcome.COMPLETED, null))
			.doOnError((failure) -> end(Outcome.of(failure), failure))
			.doFinally((signal) -> {
				if (signal == SignalType.CANCEL) {
					cancelled();
				}
			});
	}

	/**
	 * Whichever thread reads the attempt that is under way tells how it ends.
	 */
	private void cancelled() {
		this.cancelled = true;
		if (!this.underWay) {
			end(Outcome.CANCELLED, null);
		}
	}

	/**
	 * End as the last attempt has, unless there is none.
	 */
	private void end(Outcome outcome, @Nullable Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			End end = (this.end != null) ? this.end : new End(outcome, StreamSummary.NONE, failure);
			try {
				this.call.ended(end.outcome(), end.summary(), end.failure());
			}
			catch (RuntimeException ex) {
				// the answer is whole all the same
				logger.error("A listener has failed at the end of a completion", ex);
			}
		}
	}

	private record End(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
	}

}
