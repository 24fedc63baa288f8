package ai.apertis.passthrough;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * What happens with the gateway's stream when its client has hung up: it is read to its
 * end, so that its usage is known exactly, as long as that takes neither too many
 * connections nor too much time.
 */
public final class Drains {

	private final Semaphore free;

	private final Duration longest;

	/**
	 * Create bounds.
	 * @param most how many streams are read on at the same time, 0 to read none
	 * @param longest how long each of them may take
	 */
	public Drains(int most, Duration longest) {
		this.free = new Semaphore(most);
		this.longest = longest;
	}

	/**
	 * Read none: the gateway's connection is closed when the client hangs up.
	 * @return the bounds
	 */
	public static Drains none() {
		return new Drains(0, Duration.ZERO);
	}

	boolean begin() {
		return this.free.tryAcquire();
	}

	void end() {
		this.free.release();
	}

	Duration longest() {
		return this.longest;
	}

}
