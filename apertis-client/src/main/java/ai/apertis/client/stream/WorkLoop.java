package ai.apertis.client.stream;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The loop of an operator that several threads may drive: whoever finds no work in
 * progress does it, and all that is added meanwhile. The base class of the operators, so
 * that it costs nothing besides.
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
