package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.sse.EventStream;
import ai.apertis.client.sse.StreamRules;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Watches a body for silence, with one timer for the stream and none for a buffer. Only
 * the gateway's silence counts: while our own consumer is slow, the clock stands still.
 */
final class SilenceWatch {

	/**
	 * How long to wait for trailing events, such as the usage, once the answer is whole.
	 */
	private static final Duration TRAILING = Duration.ofSeconds(5);

	private static final long NOT_WAITING = Long.MIN_VALUE;

	private final StreamRules rules;

	private final EventStream events;

	private final Scheduler scheduler = Schedulers.parallel();

	private final long start = now();

	private volatile long waitingSince = NOT_WAITING;

	private volatile @Nullable Subscription exchange;

	// the rest belongs to the timer

	private long lastCount;

	private long countedAt = this.start;

	private final long callStart;

	/**
	 * Create a watch over one attempt.
	 * @param elapsed how long the call has taken before
	 */
	SilenceWatch(StreamRules rules, EventStream events, Duration elapsed) {
		this.rules = rules;
		this.events = events;
		this.callStart = this.start - elapsed.toMillis();
	}

	/**
	 * Watch an exchange, and end it when a limit is passed.
	 */
	Flux<Void> over(Flux<Void> exchange) {
		return exchange.doOnSubscribe((subscription) -> this.exchange = subscription).takeUntilOther(silence());
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

	private Flux<Void> silence() {
		return Mono.defer(() -> Mono.delay(Duration.ofMillis(nextLook()), this.scheduler))
			.repeat()
			.handle((tick, sink) -> {
				Passed passed = mostUrgent();
				if (passed.left() <= 0) {
					closeConnection();
					sink.error(new StreamTimeoutException(passed.limit(), passed.duration()));
				}
			});
	}

	/**
	 * The other source of {@code takeUntilOther} cancels the first when it completes, but
	 * not when it fails.
	 */
	private void closeConnection() {
		Subscription exchange = this.exchange;
		if (exchange != null) {
			exchange.cancel();
		}
	}

	/**
	 * Not later than any limit that may begin to count in the meantime. When the last
	 * event came is only seen by looking, so that its limit takes more looks.
	 */
	private long nextLook() {
		long latest = Math.min(TRAILING.toMillis(), this.rules.idleTimeout().toMillis());
		if (this.rules.contentTimeout() != null) {
			latest = Math.min(latest, this.rules.contentTimeout().toMillis() / 8);
		}
		return Math.max(1, Math.min(mostUrgent().left(), latest));
	}

	/**
	 * The limit that is passed first, if the gateway stays silent.
	 */
	private Passed mostUrgent() {
		Passed silence = silenceLimit();
		Passed content = sooner(silence, contentLimit());
		return sooner(content, limit(Limit.TOTAL, this.rules.totalTimeout(), this.callStart));
	}

	private Passed silenceLimit() {
		long since = this.waitingSince;
		if (!this.events.hasBegun()) {
			Duration limit = this.rules.firstChunkTimeout();
			return new Passed(Limit.FIRST_CHUNK, limit,
					(since != NOT_WAITING) ? left(limit, this.start) : limit.toMillis());
		}
		Duration idle = this.rules.idleTimeout();
		Duration limit = (this.events.isWhole() && TRAILING.compareTo(idle) < 0) ? TRAILING : idle;
		return new Passed(Limit.IDLE, limit, (since != NOT_WAITING) ? left(limit, since) : limit.toMillis());
	}

	private @Nullable Passed contentLimit() {
		long count = this.events.count();
		if (count != this.lastCount || this.waitingSince == NOT_WAITING || !this.events.hasBegun()) {
			this.lastCount = count;
			this.countedAt = now();
		}
		return limit(Limit.CONTENT, this.rules.contentTimeout(), this.countedAt);
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
