package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import ai.apertis.passthrough.RefusedException;

/**
 * Bounds the memory of the bodies of all requests: of those that are being received, and
 * of those whose response is active. Safe for use by several threads.
 */
public final class RequestMemory {

	private final long max;

	private final AtomicLong taken = new AtomicLong();

	/**
	 * Create a bound.
	 * @param max the maximum number of bytes of all bodies
	 */
	public RequestMemory(long max) {
		this.max = max;
	}

	/**
	 * Take nothing yet.
	 * @return what is taken from now on, to be closed
	 */
	public Held hold() {
		return new Held();
	}

	private static RefusedException noRoom() {
		return RefusedException
			.of(503, "server_busy", "The application has too many large requests under way: please try again")
			.withRetryAfter(Duration.ofSeconds(1));
	}

	/**
	 * Return how many bytes are taken.
	 * @return the number of bytes
	 */
	public long taken() {
		return this.taken.get();
	}

	/**
	 * What one body takes. Safe for use by several threads.
	 */
	public final class Held implements AutoCloseable {

		private long bytes;

		private boolean closed;

		private Held() {
		}

		/**
		 * Take more.
		 * @param more how many bytes more
		 * @return this
		 * @throws RefusedException if there is no room
		 */
		public synchronized Held add(long more) {
			if (this.closed) {
				return this;
			}
			if (RequestMemory.this.taken.addAndGet(more) > RequestMemory.this.max) {
				RequestMemory.this.taken.addAndGet(-more);
				throw noRoom();
			}
			this.bytes += more;
			return this;
		}

		/**
		 * Give back what was taken. May be called again.
		 */
		@Override
		public synchronized void close() {
			if (!this.closed) {
				this.closed = true;
				RequestMemory.this.taken.addAndGet(-this.bytes);
			}
		}

	}

}
