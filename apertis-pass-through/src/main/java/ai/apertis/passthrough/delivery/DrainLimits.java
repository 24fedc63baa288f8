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

	/**
	 * Create limits.
	 * @param maxStreams how many streams are read on at the same time, 0 to read none
	 * @param timeout how long each of them may take
	 */
	public DrainLimits(int maxStreams, Duration timeout) {
		this.free = new Semaphore(maxStreams);
		this.timeout = timeout;
	}

	/**
	 * Return limits that drain nothing: the gateway's connection is closed when the
	 * client hangs up.
	 * @return the limits
	 */
	public static DrainLimits none() {
		return new DrainLimits(0, Duration.ZERO);
	}

	boolean begin() {
		return this.free.tryAcquire();
	}

	void end() {
		this.free.release();
	}

	Duration timeout() {
		return this.timeout;
	}

}
