package ai.apertis.client.stream;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Base class for operators that several threads may drive. A thread that finds no work in
 * progress does it, together with all that is added meanwhile. A base class, so that it
 * costs no object.
 */
public abstract class WorkLoop {

	/** Whoever raises it from zero works, until it is zero again. */
	private final AtomicInteger work = new AtomicInteger();

	/**
	 * Do all that can be done. Called by one thread at a time, and again whenever
	 * something was added.
	 */
	protected abstract void workOnce();

	/**
	 * Work, or let the thread do it that is at it.
	 */
	protected final void work() {
		if (this.work.getAndIncrement() == 0) {
			workOn();
		}
	}

	/**
	 * Begin to work, if nobody else does.
	 * @return whether the caller is at it now, and must call {@link #workOn()}
	 */
	protected final boolean tryBegin() {
		return this.work.compareAndSet(0, 1);
	}

	/**
	 * Go on with the work that has begun.
	 */
	protected final void workOn() {
		int missed = 1;
		do {
			workOnce();
			missed = this.work.addAndGet(-missed);
		}
		while (missed != 0);
	}

}
