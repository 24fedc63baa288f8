package ai.apertis.passthrough.delivery;

import java.util.concurrent.atomic.AtomicLong;

import ai.apertis.client.stream.WorkLoop;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * The state of one delivery: one operator, so that an event costs no more than a call.
 */
final class DeliverySubscriber extends WorkLoop
		implements CoreSubscriber<DataBuffer>, Subscription, SilenceTimer.Watched {

	private final Delivery delivery;

	private final CoreSubscriber<? super DataBuffer> actual;

	private final AtomicLong requested = new AtomicLong();

	private final Scheduler timers = Schedulers.parallel();

	private final SilenceTimer timer;

	private final Slices slices;

	private @Nullable Subscription source;

	/** Never more than one, as no more than one is requested. */
	private volatile @Nullable DataBuffer incoming;

	private volatile boolean sourceEnded;

	private volatile @Nullable Throwable failure;

	private volatile boolean heartbeatDue;

	private volatile boolean cancelled;

	private volatile @Nullable Draining draining;

	private volatile boolean begun;

	// the rest belongs to whoever delivers

	private boolean awaiting;

	private boolean terminated;

	private volatile long delivered;

	DeliverySubscriber(Delivery delivery, CoreSubscriber<? super DataBuffer> actual) {
		this.delivery = delivery;
		this.actual = actual;
		this.timer = new SilenceTimer(delivery.settings(), this.timers, this);
		this.slices = new Slices(actual.currentContext().getOrDefault(Backlog.class, null), this::cleared);
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
			this.delivery.begun(this);
			if (this.delivery.whyStopped() != null) {
				work();
			}
			this.timer.start();
		}
	}

	@Override
	public void onNext(DataBuffer bytes) {
		if (this.draining != null) {
			DataBufferUtils.release(bytes);
			return;
		}
		if (tryBegin()) {
			if (isWanted() && !this.cancelled && !this.terminated && this.delivery.whyStopped() == null) {
				this.awaiting = false;
				pass(bytes);
			}
			else {
				this.incoming = bytes;
			}
			workOn();
		}
		else {
			this.incoming = bytes;
			work();
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
			work();
		}
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n)) {
			this.requested.accumulateAndGet(n, Operators::addCap);
			work();
		}
	}

	@Override
	public void cancel() {
		this.cancelled = true;
		work();
	}

	@Override
	protected void workOnce() {
		boolean more = true;
		while (more && !this.terminated) {
			more = deliverNext();
		}
		if (this.terminated && this.incoming != null) {
			// it came too late
			discardIncoming();
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
		RuntimeException reason = this.delivery.whyStopped();
		if (reason != null && !this.sourceEnded) {
			this.failure = reason;
			this.sourceEnded = true;
			cancelSource();
		}
		boolean wanted = isWanted();
		DataBuffer bytes = this.incoming;
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
			this.delivery.listener().heartbeat();
			return deliver(this.delivery.format().heartbeat());
		}
		requestNext();
		return false;
	}

	private boolean isWanted() {
		return this.delivered < this.requested.get() && !this.slices.isClearing();
	}

	private boolean deliver(DataBuffer bytes) {
		if (bytes == this.incoming) {
			this.incoming = null;
			this.awaiting = false;
		}
		pass(bytes);
		return true;
	}

	private void pass(DataBuffer bytes) {
		this.heartbeatDue = false;
		this.begun = true;
		this.delivered = this.delivered + 1;
		this.timer.delivered();
		DataBuffer next = this.slices.next(bytes);
		if (next == bytes) {
			this.actual.onNext(bytes);
		}
		else {
			// the rest waits until the slice has left
			this.incoming = bytes;
			this.actual.onNext(next);
			this.slices.awaitCleared();
		}
	}

	private void cleared() {
		this.timer.delivered();
		work();
	}

	private void requestNext() {
		Subscription source = this.source;
		if (!this.awaiting && source != null) {
			this.awaiting = true;
			source.request(1);
		}
	}

	/**
	 * A failure is reported to the client once: by the gateway's own error event, by one
	 * of ours, or, if it has got nothing yet, with a status.
	 */
	private boolean end(boolean wanted) {
		Throwable failure = this.failure;
		boolean notReported = failure != null && this.begun
				&& (failure == this.delivery.whyStopped() || !this.delivery.format().hasSentError());
		if (notReported && !wanted) {
			return false;
		}
		this.terminated = true;
		this.timer.stop();
		this.delivery.end();
		if (failure != null && !this.begun) {
			this.actual.onError(failure);
			return false;
		}
		if (failure != null) {
			this.delivery.breakOff();
		}
		if (failure != null && notReported) {
			UnexpectedFailure.log(failure);
			this.actual.onNext(this.delivery.format().error(failure));
		}
		this.actual.onComplete();
		return false;
	}

	private void hangUp() {
		this.terminated = true;
		this.timer.stop();
		discardIncoming();
		if (this.sourceEnded) {
			this.delivery.end();
			return;
		}
		Draining draining = this.delivery.hungUp(this.source, this.begun, this.timers);
		this.draining = draining;
		if (draining == null) {
			cancelSource();
			this.delivery.end();
		}
		else if (this.sourceEnded) {
			draining.end();
		}
		else if (this.delivery.whyStopped() != null) {
			draining.giveUp();
		}
		else {
			draining.start();
		}
	}

	private void discardIncoming() {
		DataBufferUtils.release(this.incoming);
		this.incoming = null;
	}

	private void cancelSource() {
		Subscription source = this.source;
		if (source != null) {
			source.cancel();
		}
	}

	/**
	 * The delivery is to end. Called by any thread.
	 */
	void stop() {
		work();
		Draining draining = this.draining;
		if (draining != null) {
			draining.giveUp();
		}
	}

	@Override
	public boolean isStuck() {
		return !isWanted() && this.delivery.isLimited();
	}

	@Override
	public boolean hasBegun() {
		return this.begun;
	}

	@Override
	public void heartbeatDue() {
		this.heartbeatDue = true;
		work();
	}

	@Override
	public void stalled() {
		cancel();
		this.delivery.stall();
	}

}
