package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/**
 * Bounds the memory of large events, and of responses that are not streamed, while they
 * are gathered. Where there is no room, a stream is not read on until another has given
 * room back, so that many large events slow down instead of ending the process.
 */
public final class EventMemory {

	/** Of what is smaller no account is kept. */
	static final int SMALL = 64 * 1024;

	private static final int OF_THE_HEAP = 32;

	/** How long the one that may go beyond may stand still before another one may. */
	private static final Duration STANDSTILL = Duration.ofSeconds(30);

	private final long max;

	// guarded by this

	private long taken;

	/** The one that may go on though there is no room. */
	private @Nullable Share beyond;

	private final Set<Ask> waiting = new LinkedHashSet<>();

	/**
	 * Create a bound.
	 * @param max the maximum number of bytes; an event takes several times its size while
	 * it is looked at
	 */
	public EventMemory(long max) {
		this.max = max;
	}

	/**
	 * Return how many bytes suit this process.
	 * @return a thirty-second part of the heap
	 */
	public static long usualBytes() {
		return Runtime.getRuntime().maxMemory() / OF_THE_HEAP;
	}

	/**
	 * Begin to read an answer.
	 * @return what it takes
	 */
	Share share() {
		return new Share();
	}

	/**
	 * Return how many bytes are taken.
	 */
	synchronized long taken() {
		return this.taken;
	}

	/**
	 * There may be room again. Whoever waits asks again, in the order of coming.
	 */
	private void wake() {
		this.waiting.forEach(Ask::schedule);
		this.waiting.clear();
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	/**
	 * What one answer takes.
	 */
	final class Share {

		/** So that a stream of small events, as most are, takes no lock for it. */
		private volatile boolean holding;

		// guarded by the memory

		private long bytes;

		private long lastRequested;

		private @Nullable Ask ask;

		private boolean closed;

		private Share() {
		}

		/**
		 * Return whether there is nothing to do for what has been gathered, as it is
		 * small and nothing is taken.
		 */
		boolean isNeedless(long gathered) {
			return gathered <= SMALL && !this.holding;
		}

		/**
		 * Take as much as has been gathered now, more or less than before.
		 * @param gathered how many bytes that is
		 * @param onRoom is run, at most once, by another thread, when it is worth asking
		 * again
		 * @return whether more may be read; if not, it is to be asked again then
		 */
		boolean take(long gathered, Runnable onRoom) {
			long wanted = (gathered > SMALL) ? gathered : 0;
			synchronized (EventMemory.this) {
				this.lastRequested = now();
				if (this.closed || wanted == this.bytes) {
					return true;
				}
				if (wanted > this.bytes && !hasRoom(wanted - this.bytes)) {
					wait(new Ask(onRoom));
					return false;
				}
				set(wanted);
				return true;
			}
		}

		private boolean hasRoom(long more) {
			Share beyond = EventMemory.this.beyond;
			if (EventMemory.this.taken + more <= EventMemory.this.max || beyond == this) {
				return true;
			}
			if (beyond == null || now() - beyond.lastRequested > STANDSTILL.toNanos()) {
				EventMemory.this.beyond = this;
				return true;
			}
			return false;
		}

		private void wait(Ask ask) {
			this.ask = ask;
			EventMemory.this.waiting.add(ask);
			ask.timer.update(Schedulers.parallel().schedule(ask, STANDSTILL.toMillis() + 1, TimeUnit.MILLISECONDS));
		}

		private void set(long bytes) {
			boolean less = bytes < this.bytes;
			EventMemory.this.taken += bytes - this.bytes;
			this.bytes = bytes;
			this.holding = bytes > 0;
			if (bytes == 0 && EventMemory.this.beyond == this) {
				EventMemory.this.beyond = null;
			}
			if (less) {
				wake();
			}
		}

		/**
		 * Give back what is taken, as the attempt that took it is over.
		 */
		void reset() {
			synchronized (EventMemory.this) {
				if (this.ask != null) {
					this.ask.requested.set(true);
					this.ask.timer.dispose();
					EventMemory.this.waiting.remove(this.ask);
					this.ask = null;
				}
				set(0);
			}
		}

		/**
		 * Give everything back. May be called again.
		 */
		void close() {
			synchronized (EventMemory.this) {
				this.closed = true;
				reset();
			}
		}

	}

	/**
	 * Waits to ask again. On a thread of its own, as one that reads on could give room to
	 * the next, and so on without end.
	 */
	private final class Ask implements Runnable {

		private final Runnable onRoom;

		private final AtomicBoolean requested = new AtomicBoolean();

		private final Disposable.Swap timer = Disposables.swap();

		Ask(Runnable onRoom) {
			this.onRoom = onRoom;
		}

		void schedule() {
			Schedulers.parallel().schedule(this);
		}

		@Override
		public void run() {
			if (this.requested.compareAndSet(false, true)) {
				this.timer.dispose();
				synchronized (EventMemory.this) {
					EventMemory.this.waiting.remove(this);
				}
				this.onRoom.run();
			}
		}

	}

}
