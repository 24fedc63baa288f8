package ai.apertis.passthrough.delivery;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Limits of draining: a stream whose client has hung up is read to its end, so that its
 * usage is known exactly, as long as that takes neither too many connections nor too much
 * time.
 */
public final class DrainLimits {

	private final Semaphore free;

	private final Duration timeout;

	private final boolean fromTheBeginning;

	/**
	 * Create limits.
	 * @param maxStreams how many streams are read on at the same time, 0 to read none
	 * @param timeout how long each of them may take
	 */
	public DrainLimits(int maxStreams, Duration timeout) {
		this(maxStreams, timeout, false);
	}

	private DrainLimits(int maxStreams, Duration timeout, boolean fromTheBeginning) {
		this.free = new Semaphore(maxStreams);
		this.timeout = timeout;
		this.fromTheBeginning = fromTheBeginning;
	}

	/**
	 * Return limits of streams whose clients come back: they are read on even if nothing
	 * of them has been delivered.
	 * @param maxStreams how many streams are read on at the same time
	 * @param timeout how long each of them may take
	 * @return the limits
	 */
	public static DrainLimits detached(int maxStreams, Duration timeout) {
		return new DrainLimits(maxStreams, timeout, true);
	}

	/**
	 * Return limits that drain nothing: the gateway's connection is closed when the
	 * client hangs up.
	 * @return the limits
	 */
	public static DrainLimits none() {
		return new DrainLimits(0, Duration.ZERO);
	}

	/**
	 * Begin to read on, if that is within the limits.
	 * @param begun whether anything has been delivered
	 */
	boolean begin(boolean begun) {
		return (begun || this.fromTheBeginning) && this.free.tryAcquire();
	}

	void end() {
		this.free.release();
	}

	Duration timeout() {
		return this.timeout;
	}

}
