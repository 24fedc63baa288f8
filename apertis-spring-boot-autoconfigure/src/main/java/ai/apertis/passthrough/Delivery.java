package ai.apertis.passthrough;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * Delivers one relayed stream to its client: with signs of life while the gateway is
 * silent, with an error event if it fails once anything has been delivered, and with what
 * is to happen when the client hangs up or the application wants it to end.
 * <p>
 * The next bytes are requested only when the last have been taken. There is one timer for
 * the stream, and none for an event.
 */
final class Delivery extends Flux<ByteBuffer> {

	/** What is larger is passed in slices, each when the one before has left. */
	private static final int LARGE = 64 * 1024;

	private static final Log logger = LogFactory.getLog(Delivery.class);

	private final Flux<ByteBuffer> events;

	private final VerbatimFormat format;

	private final Heartbeat heartbeat;

	private final DrainLimits drainLimits;

	private final Duration writeTimeout;

	private final PassThroughEvents listener;

	private final Runnable abandoned;

	private final Scheduler timers = Schedulers.parallel();

	private volatile @Nullable RuntimeException stopped;

	private volatile @Nullable Delivering delivering;

	private volatile boolean broken;

	private final Sinks.Empty<Void> stalled = Sinks.empty();

	private final Sinks.Empty<Void> ended = Sinks.empty();

	/**
	 * Create a delivery. To be subscribed to once.
	 * @param events the relayed events
	 * @param format what relays them
	 * @param settings when there are signs of life, and what happens when the client
	 * hangs up
	 * @param listener hears of both
	 * @param abandoned is run when the client has hung up and the stream is read on
	 */
	Delivery(Flux<ByteBuffer> events, VerbatimFormat format, PassThroughSettings settings, PassThroughEvents listener,
			Runnable abandoned) {
		this.events = events;
		this.format = format;
		this.heartbeat = settings.heartbeat();
		this.writeTimeout = settings.writeTimeout();
		this.drainLimits = settings.drainLimits();
		this.listener = listener;
		this.abandoned = abandoned;
	}

	@Override
	public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
		this.events.subscribe(new Delivering(actual));
	}

	/**
	 * End the stream, whatever it is at. May be called by any thread.
	 * @param reason what to tell the client
	 */
	void stop(RuntimeException reason) {
		this.stopped = reason;
		Delivering delivering = this.delivering;
		if (delivering != null) {
			delivering.deliver();
			delivering.stopReadingOn();
		}
	}

	/**
	 * Whether the stream has failed after a part of it had been delivered.
	 */
	boolean isBroken() {
		return this.broken;
	}

	/**
	 * Completes if the client has not taken anything for too long. The delivery has ended
	 * then, and its connection is to be closed.
	 */
	Mono<Void> stalled() {
		return this.stalled.asMono();
	}

	/**
	 * Completes when nothing of the stream is read any more.
	 */
	Mono<Void> ended() {
		return this.ended.asMono();
	}

	private final class Delivering implements CoreSubscriber<ByteBuffer>, Subscription {

		private final CoreSubscriber<? super ByteBuffer> actual;

		/** Whoever raises it from zero delivers, until it is zero again. */
		private final AtomicInteger work = new AtomicInteger();

		private final AtomicLong requested = new AtomicLong();

		private final Disposable.Swap timer = Disposables.swap();

		private final @Nullable Backlog backlog;

		private volatile boolean clearing;

		private @Nullable Subscription source;

		/** Never more than one, as no more than one is requested. */
		private volatile @Nullable ByteBuffer incoming;

		private volatile boolean sourceEnded;

		private volatile @Nullable Throwable failure;

		private volatile boolean heartbeatDue;

		private volatile boolean cancelled;

		private volatile @Nullable Draining draining;

		private volatile boolean begun;

		private volatile long lastDelivery = now();

		// the rest belongs to whoever delivers

		private boolean awaiting;

		private boolean terminated;

		private volatile long delivered;

		Delivering(CoreSubscriber<? super ByteBuffer> actual) {
			this.actual = actual;
			this.backlog = actual.currentContext().getOrDefault(Backlog.class, null);
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			if (Operators.validate(this.source, subscription)) {
				this.source = subscription;
				this.actual.onSubscribe(this);
				Delivery.this.delivering = this;
				if (Delivery.this.stopped != null) {
					deliver();
				}
				lookAfter(Delivery.this.heartbeat.firstLook().toNanos());
			}
		}

		@Override
		public void onNext(ByteBuffer bytes) {
			if (this.draining != null) {
				return;
			}
			if (this.work.compareAndSet(0, 1)) {
				if (isWanted() && !this.cancelled && !this.terminated && Delivery.this.stopped == null) {
					this.awaiting = false;
					pass(bytes);
				}
				else {
					this.incoming = bytes;
				}
				deliverWhileThereIsWork();
			}
			else {
				this.incoming = bytes;
				deliver();
			}
		}

		@Override
		public void onError(Throwable failure) {
			this.failure = failure;
			sourceEnded();
		}

		@Override
		public void onComplete() {
			sourceEnded();
		}

		private void sourceEnded() {
			this.sourceEnded = true;
			Draining draining = this.draining;
			if (draining != null) {
				draining.end();
			}
			else {
				deliver();
			}
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n)) {
				this.requested.accumulateAndGet(n, Operators::addCap);
				deliver();
			}
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			deliver();
		}

		void deliver() {
			if (this.work.getAndIncrement() == 0) {
				deliverWhileThereIsWork();
			}
		}

		private void deliverWhileThereIsWork() {
			int missed = 1;
			do {
				deliverAvailable();
				missed = this.work.addAndGet(-missed);
			}
			while (missed != 0);
		}

		private void deliverAvailable() {
			boolean more = true;
			while (more && !this.terminated) {
				more = deliverNext();
			}
		}

		/**
		 * Do the one thing that is next.
		 * @return whether to look for more
		 */
		private boolean deliverNext() {
			if (this.cancelled) {
				hangUp();
				return false;
			}
			RuntimeException reason = Delivery.this.stopped;
			if (reason != null && !this.sourceEnded) {
				this.failure = reason;
				this.sourceEnded = true;
				cancelSource();
			}
			boolean wanted = isWanted();
			ByteBuffer bytes = this.incoming;
			if (bytes != null) {
				return wanted && deliver(bytes);
			}
			if (this.sourceEnded) {
				return end(wanted);
			}
			if (!wanted) {
				return false;
			}
			if (this.heartbeatDue) {
				Delivery.this.listener.heartbeat();
				return deliver(Heartbeat.comment());
			}
			requestNext();
			return false;
		}

		private boolean isWanted() {
			return this.delivered < this.requested.get() && !this.clearing;
		}

		private boolean deliver(ByteBuffer bytes) {
			if (bytes == this.incoming) {
				this.incoming = null;
				this.awaiting = false;
			}
			pass(bytes);
			return true;
		}

		private void pass(ByteBuffer bytes) {
			this.heartbeatDue = false;
			this.begun = true;
			this.delivered = this.delivered + 1;
			this.lastDelivery = now();
			if (this.backlog != null && bytes.remaining() > LARGE) {
				passSlice(bytes, this.backlog);
			}
			else {
				this.actual.onNext(bytes);
			}
		}

		/**
		 * The rest waits until the slice has left.
		 */
		private void passSlice(ByteBuffer bytes, Backlog backlog) {
			ByteBuffer slice = bytes.slice(bytes.position(), LARGE);
			bytes.position(bytes.position() + LARGE);
			this.incoming = bytes;
			this.clearing = true;
			this.actual.onNext(slice);
			backlog.cleared().subscribe(null, (gone) -> cleared(), this::cleared);
		}

		private void cleared() {
			this.lastDelivery = now();
			this.clearing = false;
			deliver();
		}

		private void requestNext() {
			Subscription source = this.source;
			if (!this.awaiting && source != null) {
				this.awaiting = true;
				source.request(1);
			}
		}

		/**
		 * The client is told of a failure once: by the gateway's own error event, by one
		 * of ours, or, if it has got nothing yet, with a status.
		 */
		private boolean end(boolean wanted) {
			Throwable failure = this.failure;
			boolean notReported = failure != null && this.begun
					&& (failure == Delivery.this.stopped || !Delivery.this.format.hasSentError());
			if (notReported && !wanted) {
				return false;
			}
			this.terminated = true;
			this.timer.dispose();
			Delivery.this.ended.tryEmitEmpty();
			if (failure != null && !this.begun) {
				this.actual.onError(failure);
				return false;
			}
			Delivery.this.broken = (failure != null);
			if (failure != null && notReported) {
				this.actual.onNext(ByteBuffer.wrap(ErrorResponse.of(failure).event()));
			}
			this.actual.onComplete();
			return false;
		}

		private void hangUp() {
			this.terminated = true;
			this.timer.dispose();
			this.incoming = null;
			if (this.sourceEnded) {
				Delivery.this.ended.tryEmitEmpty();
				return;
			}
			logger.debug("The client has gone before the end of its stream");
			Subscription source = this.source;
			boolean draining = source != null && this.begun && Delivery.this.stopped == null
					&& Delivery.this.drainLimits.begin();
			if (draining) {
				// before anybody is told, who could end the stream
				Delivery.this.abandoned.run();
			}
			Delivery.this.listener.disconnected(draining);
			if (source != null && draining) {
				drain(source);
			}
			else {
				cancelSource();
				Delivery.this.ended.tryEmitEmpty();
			}
		}

		private void cancelSource() {
			Subscription source = this.source;
			if (source != null) {
				source.cancel();
			}
		}

		private void drain(Subscription source) {
			Draining draining = new Draining(source);
			this.draining = draining;
			if (this.sourceEnded) {
				draining.end();
			}
			else if (Delivery.this.stopped != null) {
				draining.giveUp();
			}
			else {
				source.request(Long.MAX_VALUE);
			}
		}

		void stopReadingOn() {
			Draining draining = this.draining;
			if (draining != null) {
				draining.giveUp();
			}
		}

		private void lookAfter(long nanos) {
			this.timer.update(Delivery.this.timers.schedule(this::look, Math.max(nanos, 1), TimeUnit.NANOSECONDS));
		}

		/**
		 * Look whether the gateway has been silent, or the client has taken nothing, for
		 * too long.
		 */
		private void look() {
			long since = now() - this.lastDelivery;
			if (!isWanted() && since >= Delivery.this.writeTimeout.toNanos()) {
				logger.debug("The client has taken nothing for " + Delivery.this.writeTimeout);
				cancel();
				Delivery.this.stalled.tryEmitEmpty();
				return;
			}
			lookAfter(Math.min(untilHeartbeat(since), Delivery.this.writeTimeout.toNanos()));
		}

		private long untilHeartbeat(long since) {
			Heartbeat heartbeat = Delivery.this.heartbeat;
			if (!heartbeat.isOn()) {
				return Long.MAX_VALUE;
			}
			Duration silence = this.begun ? heartbeat.interval() : heartbeat.initialDelay();
			long left = silence.toNanos() - since;
			if (left > 0) {
				return left;
			}
			this.heartbeatDue = true;
			deliver();
			return heartbeat.interval().toNanos();
		}

		private long now() {
			return Delivery.this.timers.now(TimeUnit.NANOSECONDS);
		}

	}

	/**
	 * Reads a stream on whose client has hung up, for as long as it may.
	 */
	private final class Draining {

		private final Subscription source;

		private final AtomicBoolean ended = new AtomicBoolean();

		private final Disposable timer;

		Draining(Subscription source) {
			this.source = source;
			this.timer = Delivery.this.timers.schedule(this::giveUp, Delivery.this.drainLimits.timeout().toNanos(),
					TimeUnit.NANOSECONDS);
		}

		void giveUp() {
			this.source.cancel();
			end();
		}

		void end() {
			if (this.ended.compareAndSet(false, true)) {
				this.timer.dispose();
				Delivery.this.drainLimits.end();
				Delivery.this.ended.tryEmitEmpty();
			}
		}

	}

}
