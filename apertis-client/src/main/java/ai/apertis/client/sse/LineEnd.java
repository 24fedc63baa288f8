package ai.apertis.client.sse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds the end of a line, eight bytes at a time, as most bytes of a stream are no line
 * end.
 */
final class LineEnd {

	private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

	private static final long ONES = 0x0101010101010101L;

	private static final long HIGHS = 0x8080808080808080L;

	private static final long LFS = '\n' * ONES;

	private static final long CRS = '\r' * ONES;

	private LineEnd() {
	}

	/**
	 * Find the first LF or CR.
	 * @return its index, {@code end} if there is none
	 */
	static int find(byte[] bytes, int start, int end) {
		int i = start;
		for (; i <= end - Long.BYTES; i += Long.BYTES) {
			long eight = (long) EIGHT.get(bytes, i);
			long found = zeros(eight ^ LFS) | zeros(eight ^ CRS);
			if (found != 0) {
				return i + Long.numberOfTrailingZeros(found) / Byte.SIZE;
			}
		}
		while (i < end && bytes[i] != '\n' && bytes[i] != '\r') {
			i++;
		}
		return i;
	}

	/**
	 * Mark the zero bytes by their highest bit. Only bytes behind a zero one may be
	 * marked wrongly.
	 */
	private static long zeros(long eight) {
		return (eight - ONES) & ~eight & HIGHS;
	}

}
