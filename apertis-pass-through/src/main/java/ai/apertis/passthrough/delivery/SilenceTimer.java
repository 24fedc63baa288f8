package ai.apertis.passthrough.delivery;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * Timer of one delivery. Detects when the gateway has been silent for so long that the
 * client needs a sign of life, and when the client has taken nothing for too long. An
 * event costs no more than a look at the clock.
 */
final class SilenceTimer {

	private final DeliverySettings settings;

	private final Scheduler timers;

	private final Watched watched;

	private final Disposable.Swap timer = Disposables.swap();

	private volatile long lastDelivery;

	/**
	 * Create a timer.
	 * @param settings the limits
	 * @param timers runs it
	 * @param watched the delivery
	 */
	SilenceTimer(DeliverySettings settings, Scheduler timers, Watched watched) {
		this.settings = settings;
		this.timers = timers;
		this.watched = watched;
		this.lastDelivery = now();
	}

	void start() {
		lookAfter(this.settings.heartbeat().firstLook().toNanos());
	}

	/**
	 * Something has been delivered.
	 */
	void delivered() {
		this.lastDelivery = now();
	}

	void stop() {
		this.timer.dispose();
	}

	private void lookAfter(long nanos) {
		this.timer.update(this.timers.schedule(this::look, Math.max(nanos, 1), TimeUnit.NANOSECONDS));
	}

	private void look() {
		long since = now() - this.lastDelivery;
		long writeTimeout = this.settings.writeTimeout().toNanos();
		if (since >= writeTimeout && this.watched.isStuck()) {
			this.watched.stalled();
			return;
		}
		lookAfter(Math.min(untilHeartbeat(since), writeTimeout));
	}

	private long untilHeartbeat(long since) {
		Heartbeat heartbeat = this.settings.heartbeat();
		if (!heartbeat.isOn()) {
			return Long.MAX_VALUE;
		}
		Duration silence = this.watched.hasBegun() ? heartbeat.interval() : heartbeat.initialDelay();
		long left = silence.toNanos() - since;
		if (left > 0) {
			return left;
		}
		this.watched.heartbeatDue();
		return heartbeat.interval().toNanos();
	}

	private long now() {
		return this.timers.now(TimeUnit.NANOSECONDS);
	}

	/**
	 * What is watched. Called by the timer's thread.
	 */
	interface Watched {

		/**
		 * Return whether the client is to be cut off, as it takes nothing.
		 */
		boolean isStuck();

		/**
		 * Return whether anything has been delivered.
		 */
		boolean hasBegun();

		/**
		 * The client needs a sign of life.
		 */
		void heartbeatDue();

		/**
		 * The client has taken nothing for too long.
		 */
		void stalled();

	}

}
