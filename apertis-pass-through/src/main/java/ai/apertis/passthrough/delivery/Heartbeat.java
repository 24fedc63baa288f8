package ai.apertis.passthrough.delivery;

import java.time.Duration;

/**
 * Times of the signs of life for clients of silent streams.
 *
 * @param initialDelay after which silence the first one commits the response; zero
 * switches them off
 * @param interval after which silence the others come
 */
public record Heartbeat(Duration initialDelay, Duration interval) {

	/**
	 * Create times.
	 * @throws IllegalArgumentException if one is negative, or the interval is zero
	 */
	public Heartbeat {
		if (initialDelay.isNegative() || interval.isNegative() || interval.isZero()) {
			throw new IllegalArgumentException("The times of heartbeats must be positive");
		}
	}

	/**
	 * Return whether there are signs of life at all.
	 * @return whether the initial delay is not zero
	 */
	public boolean isOn() {
		return !this.initialDelay.isZero();
	}

	/**
	 * When to look for silence first, whether or not the stream has begun by then.
	 */
	Duration firstLook() {
		return (isOn() && this.initialDelay.compareTo(this.interval) < 0) ? this.initialDelay : this.interval;
	}

}
