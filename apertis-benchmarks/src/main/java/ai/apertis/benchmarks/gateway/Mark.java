package ai.apertis.benchmarks.gateway;

/**
 * An {@code @} with the time at which an event was sent, which counts the events and
 * tells how long they were under way.
 */
public final class Mark {

	/** Digits of a time, in microseconds. */
	public static final int DIGITS = 15;

	/** Where a mark's digits stand. */
	public static final String PLACE = "@000000000000000";

	private Mark() {
	}

	/** The time that is written, by the clock that all processes of a machine share. */
	public static long now() {
		return System.nanoTime() / 1000;
	}

	static void write(byte[] event, int offset, long time) {
		long rest = time;
		for (int i = offset + DIGITS - 1; i >= offset; i--) {
			event[i] = (byte) ('0' + rest % 10);
			rest /= 10;
		}
	}

}
