package ai.apertis.passthrough.delivery;

import org.jspecify.annotations.Nullable;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Passes large events in slices, each when the one before has left, on servers that can
 * tell.
 */
final class Slices {

	/** What is larger is passed in slices. */
	private static final int LARGE = 64 * 1024;

	private final @Nullable Backlog backlog;

	private final Runnable cleared;

	private volatile boolean clearing;

	/**
	 * Create the slices of one delivery.
	 * @param backlog tells what has left, {@code null} if nobody does
	 * @param cleared run when the next slice may be passed
	 */
	Slices(@Nullable Backlog backlog, Runnable cleared) {
		this.backlog = backlog;
		this.cleared = cleared;
	}

	/**
	 * Take the next slice of an event.
	 * @return the whole event if it is small, else a slice of it, behind which the event
	 * goes on
	 */
	DataBuffer next(DataBuffer bytes) {
		if (this.backlog == null || bytes.readableByteCount() <= LARGE) {
			return bytes;
		}
		this.clearing = true;
		return bytes.split(bytes.readPosition() + LARGE);
	}

	/**
	 * Wait until the slice that was passed has left.
	 */
	void awaitCleared() {
		if (this.backlog != null) {
			this.backlog.cleared().subscribe(null, (gone) -> cleared(), this::cleared);
		}
	}

	private void cleared() {
		this.clearing = false;
		this.cleared.run();
	}

	/**
	 * Return whether the next slice has to wait.
	 */
	boolean isClearing() {
		return this.clearing;
	}

}
