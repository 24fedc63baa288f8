package ai.apertis.passthrough.delivery;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Reads a stream on whose client has hung up, for as long as the limits allow.
 */
final class Draining {

	private final Subscription source;

	private final DrainLimits limits;

	private final Runnable onEnd;

	private final AtomicBoolean ended = new AtomicBoolean();

	private final Disposable timer;

	/**
	 * Begin, within limits that have been {@linkplain DrainLimits#begin() asked}.
	 * @param source the stream
	 * @param limits the limits, to which the place is returned at the end
	 * @param timers runs the time limit
	 * @param onEnd run once at the end
	 */
	Draining(Subscription source, DrainLimits limits, Scheduler timers, Runnable onEnd) {
		this.source = source;
		this.limits = limits;
		this.onEnd = onEnd;
		this.timer = timers.schedule(this::giveUp, limits.timeout().toNanos(), TimeUnit.NANOSECONDS);
	}

	/**
	 * Read all that comes.
	 */
	void start() {
		this.source.request(Long.MAX_VALUE);
	}

	/**
	 * Read no further.
	 */
	void giveUp() {
		this.source.cancel();
		end();
	}

	/**
	 * The stream has ended.
	 */
	void end() {
		if (this.ended.compareAndSet(false, true)) {
			this.timer.dispose();
			this.limits.end();
			this.onEnd.run();
		}
	}

}
