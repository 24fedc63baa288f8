package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.stream.EventStream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Detects silence of a body, with one timer per stream and none per buffer. Only the
 * gateway's silence counts: while our own consumer is slow, the clock stands still.
 */
final class SilenceWatch {

	/**
	 * How long to wait for trailing events, such as the usage, once the answer is whole.
	 */
	private static final Duration TRAILING = Duration.ofSeconds(5);

	/** How long to wait for a usage behind the done marker. */
	private static final Duration BEHIND_DONE = Duration.ofMillis(250);

	private static final long NOT_WAITING = Long.MIN_VALUE;

	private final StreamLimits limits;

	private final EventStream events;

	private final Scheduler scheduler = Schedulers.parallel();

	private final long start = now();

	private volatile long waitingSince = NOT_WAITING;

	private volatile @Nullable Subscription exchange;

	private volatile boolean begun;

	private final Disposable.Swap timer = Disposables.swap();

	private final Sinks.Empty<Void> passed = Sinks.empty();

	// the rest is guarded by this, but for the start

	private long lastCount;

	private long countedAt = this.start;

	private final long callStart;

	/**
	 * Create a watch over one attempt.
	 * @param elapsed how long the call has taken before
	 */
	SilenceWatch(StreamLimits limits, EventStream events, Duration elapsed) {
		this.limits = limits;
		this.events = events;
		this.callStart = this.start - elapsed.toMillis();
	}

	/**
	 * Watch an exchange, and end it when a limit is passed.
	 */
	Flux<Void> over(Flux<Void> exchange) {
		return exchange.doOnSubscribe(this::start).takeUntilOther(this.passed.asMono()).doFinally((signal) -> stop());
	}

	private void start(Subscription exchange) {
		this.exchange = exchange;
		this.events.onEnding(this::ending);
		lookBefore(nearest());
	}

	private void stop() {
		this.timer.dispose();
	}

	/**
	 * A chunk has come that is not handed on yet, as it says nothing.
	 */
	void begun() {
		this.begun = true;
	}

	/**
	 * Our consumer waits for the next buffer.
	 */
	void requested() {
		this.waitingSince = now();
	}

	/**
	 * The next buffer has come.
	 * @param more whether our consumer waits for another one
	 */
	void received(boolean more) {
		this.waitingSince = more ? now() : NOT_WAITING;
	}

	/**
	 * The answer is whole, so that the clock for trailing events begins; or it is not any
	 * more.
	 */
	private synchronized void ending() {
		lookBefore(sooner(silenceLimit(), totalLimit()));
	}

	private void look() {
		Passed max;
		synchronized (this) {
			max = nearest();
			if (max.left() > 0) {
				lookBefore(max);
				return;
			}
		}
		// takeUntilOther cancels the exchange when the other completes, but not when it
		// fails
		Subscription exchange = this.exchange;
		if (exchange != null) {
			exchange.cancel();
		}
		this.passed.tryEmitError(new StreamTimeoutException(max.limit(), max.duration()));
	}

	/**
	 * Not later than any limit that may begin to count in the meantime. When the last
	 * event came is only seen by looking, so that its limit takes more looks.
	 */
	private void lookBefore(Passed limit) {
		long latest = this.limits.idleTimeout().toMillis();
		if (this.limits.contentTimeout() != null) {
			latest = Math.min(latest, this.limits.contentTimeout().toMillis() / 8);
		}
		long millis = Math.max(1, Math.min(limit.left(), latest));
		this.timer.update(this.scheduler.schedule(this::look, millis, TimeUnit.MILLISECONDS));
	}

	/**
	 * The limit that is passed first, if the gateway stays silent.
	 */
	private Passed nearest() {
		Passed silence = silenceLimit();
		Passed content = sooner(silence, contentLimit());
		return sooner(content, totalLimit());
	}

	private @Nullable Passed totalLimit() {
		return limit(Limit.TOTAL, this.limits.totalTimeout(), this.callStart);
	}

	private Passed silenceLimit() {
		long since = this.waitingSince;
		if (!this.begun && !this.events.hasBegun()) {
			Duration limit = this.limits.firstChunkTimeout();
			return new Passed(Limit.FIRST_CHUNK, limit,
					(since != NOT_WAITING) ? left(limit, this.start) : limit.toMillis());
		}
		Duration idle = this.limits.idleTimeout();
		Duration limit = switch (this.events.ending()) {
			case OPEN -> idle;
			case WHOLE -> shorter(idle, TRAILING);
			case DONE -> shorter(idle, BEHIND_DONE);
		};
		return new Passed(Limit.IDLE, limit, (since != NOT_WAITING) ? left(limit, since) : limit.toMillis());
	}

	private static Duration shorter(Duration first, Duration second) {
		return (first.compareTo(second) < 0) ? first : second;
	}

	private @Nullable Passed contentLimit() {
		long count = this.events.count();
		if (count != this.lastCount || this.waitingSince == NOT_WAITING || !this.events.hasBegun()) {
			this.lastCount = count;
			this.countedAt = now();
		}
		return limit(Limit.CONTENT, this.limits.contentTimeout(), this.countedAt);
	}

	private @Nullable Passed limit(Limit limit, @Nullable Duration duration, long since) {
		return (duration != null) ? new Passed(limit, duration, left(duration, since)) : null;
	}

	private static Passed sooner(Passed first, @Nullable Passed second) {
		return (second != null && second.left() < first.left()) ? second : first;
	}

	private long left(Duration limit, long since) {
		return since + limit.toMillis() - now();
	}

	private long now() {
		// not the wall clock, which may be set
		return TimeUnit.NANOSECONDS.toMillis(this.scheduler.now(TimeUnit.NANOSECONDS));
	}

	/**
	 * A limit, and the milliseconds that are left until it is passed.
	 */
	private record Passed(Limit limit, Duration duration, long left) {
	}

}
