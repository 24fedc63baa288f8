package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.sse.EventStream;
import ai.apertis.client.sse.StreamRules;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Watches a body for silence, with one timer for the stream and none for a buffer. Only
 * the gateway's silence counts: while our own consumer is slow, the clock stands still.
 */
final class SilenceWatch {

	/**
	 * How long to wait for trailing events, such as the usage, once the answer is whole.
	 */
	private static final Duration TRAILING = Duration.ofSeconds(5);

	private static final long NOT_WAITING = -1;

	private final StreamRules rules;

	private final EventStream events;

	private final Scheduler scheduler = Schedulers.parallel();

	private final long start = now();

	private volatile long waitingSince = NOT_WAITING;

	SilenceWatch(StreamRules rules, EventStream events) {
		this.rules = rules;
		this.events = events;
	}

	Flux<DataBuffer> over(Flux<DataBuffer> body) {
		return body.doOnRequest((n) -> this.waitingSince = now())
			.doOnNext((buffer) -> this.waitingSince = NOT_WAITING)
			.takeUntilOther(silence());
	}

	private Flux<DataBuffer> silence() {
		return Mono.defer(() -> Mono.delay(nextLook(), this.scheduler)).repeat().handle((tick, sink) -> {
			if (remaining() <= 0) {
				sink.error(timeout());
			}
		});
	}

	private Duration nextLook() {
		return Duration.ofMillis(Math.max(1, Math.min(remaining(), TRAILING.toMillis())));
	}

	/**
	 * The time that is left until the limit is passed, if the gateway stays silent, in
	 * milliseconds.
	 */
	private long remaining() {
		long limit = limit().toMillis();
		long since = this.waitingSince;
		if (since == NOT_WAITING) {
			return limit;
		}
		return (this.events.hasBegun() ? since : this.start) + limit - now();
	}

	private Duration limit() {
		if (!this.events.hasBegun()) {
			return this.rules.firstChunkTimeout();
		}
		Duration idle = this.rules.idleTimeout();
		return (this.events.isWhole() && TRAILING.compareTo(idle) < 0) ? TRAILING : idle;
	}

	private StreamTimeoutException timeout() {
		return new StreamTimeoutException(this.events.hasBegun() ? Limit.IDLE : Limit.FIRST_CHUNK, limit());
	}

	private long now() {
		return this.scheduler.now(TimeUnit.MILLISECONDS);
	}

}
