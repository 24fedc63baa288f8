package ai.apertis.passthrough.delivery;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * The state of one delivery: one operator, so that an event costs no more than a call.
 */
final class DeliverySubscriber implements CoreSubscriber<ByteBuffer>, Subscription, SilenceTimer.Watched {

	private static final Log logger = LogFactory.getLog(DeliverySubscriber.class);

	/** What is larger is passed in slices, each when the one before has left. */
	private static final int LARGE = 64 * 1024;

	private final Delivery delivery;

	private final CoreSubscriber<? super ByteBuffer> actual;

	/** Whoever raises it from zero delivers, until it is zero again. */
	private final AtomicInteger work = new AtomicInteger();

	private final AtomicLong requested = new AtomicLong();

	private final Scheduler timers = Schedulers.parallel();

	private final SilenceTimer timer;

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

	// the rest belongs to whoever delivers

	private boolean awaiting;

	private boolean terminated;

	private volatile long delivered;

	DeliverySubscriber(Delivery delivery, CoreSubscriber<? super ByteBuffer> actual) {
		this.delivery = delivery;
		this.actual = actual;
		this.timer = new SilenceTimer(delivery.settings(), this.timers, this);
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
			this.delivery.begun(this);
			if (this.delivery.whyStopped() != null) {
				deliver();
			}
			this.timer.start();
		}
	}

	@Override
	public void onNext(ByteBuffer bytes) {
		if (this.draining != null) {
			return;
		}
		if (this.work.compareAndSet(0, 1)) {
			if (isWanted() && !this.cancelled && !this.terminated && this.delivery.whyStopped() == null) {
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

	private void deliver() {
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
		RuntimeException reason = this.delivery.whyStopped();
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
			this.delivery.listener().heartbeat();
			return deliver(this.delivery.format().heartbeat());
		}
		requestNext();
		return false;
	}

	@Override
	public boolean isWanted() {
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
		this.timer.delivered();
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
		this.timer.delivered();
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
	 * The client is told of a failure once: by the gateway's own error event, by one of
	 * ours, or, if it has got nothing yet, with a status.
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
		this.incoming = null;
		if (this.sourceEnded) {
			this.delivery.end();
			return;
		}
		logger.debug("The client has gone before the end of its stream");
		Subscription source = this.source;
		boolean draining = source != null && this.begun && this.delivery.whyStopped() == null
				&& this.delivery.settings().drainLimits().begin();
		if (draining) {
			// before anybody is told, who could end the stream
			this.delivery.abandon();
		}
		this.delivery.listener().disconnected(draining);
		if (source != null && draining) {
			drain(source);
		}
		else {
			cancelSource();
			this.delivery.end();
		}
	}

	private void cancelSource() {
		Subscription source = this.source;
		if (source != null) {
			source.cancel();
		}
	}

	private void drain(Subscription source) {
		Draining draining = new Draining(source, this.delivery.settings().drainLimits(), this.timers,
				this.delivery::end);
		this.draining = draining;
		if (this.sourceEnded) {
			draining.end();
		}
		else if (this.delivery.whyStopped() != null) {
			draining.giveUp();
		}
		else {
			draining.start();
		}
	}

	/**
	 * The delivery is to end. Called by any thread.
	 */
	void stop() {
		deliver();
		Draining draining = this.draining;
		if (draining != null) {
			draining.giveUp();
		}
	}

	@Override
	public boolean hasBegun() {
		return this.begun;
	}

	@Override
	public void heartbeatDue() {
		this.heartbeatDue = true;
		deliver();
	}

	@Override
	public void stalled() {
		logger.debug("The client has taken nothing for " + this.delivery.settings().writeTimeout());
		cancel();
		this.delivery.stall();
	}

}
