package ai.apertis.passthrough;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * When a client whose stream is silent gets a sign of life: a comment, which every client
 * ignores.
 *
 * @param initialDelay after which silence the first one commits the response; zero for
 * none at all
 * @param interval after which silence the others come
 */
public record Heartbeat(Duration initialDelay, Duration interval) {

	/** Without an empty line, at which some decoders would hand out an empty event. */
	private static final byte[] COMMENT = ": keep-alive\n".getBytes(StandardCharsets.US_ASCII);

	/**
	 * Create times.
	 * @throws IllegalArgumentException if one is negative, or the interval is zero
	 */
	public Heartbeat {
		if (initialDelay.isNegative() || interval.isNegative() || interval.isZero()) {
			throw new IllegalArgumentException("The times of heartbeats must be positive");
		}
	}

	boolean isOn() {
		return !this.initialDelay.isZero();
	}

	/**
	 * The bytes of a sign of life, to be sent between events.
	 */
	static ByteBuffer comment() {
		return ByteBuffer.wrap(COMMENT);
	}

	/**
	 * When to look for silence first, whether or not the stream has begun by then.
	 */
	Duration firstLook() {
		return (isOn() && this.initialDelay.compareTo(this.interval) < 0) ? this.initialDelay : this.interval;
	}

}
