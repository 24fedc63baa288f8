package ai.apertis.passthrough.resume;

/**
 * Where events end in the bytes of an event stream. As clients do, only blocks with data
 * are counted.
 */
final class StoredEvents {

	private StoredEvents() {
	}

	/**
	 * Find the end of the next event.
	 * @param bytes the bytes
	 * @param from where the event begins
	 * @return where the next one begins, -1 if there is no whole event
	 */
	static int end(byte[] bytes, int from) {
		boolean data = false;
		int line = from;
		while (line < bytes.length) {
			int next = nextLine(bytes, line);
			if (!isLineEnd(bytes[next - 1])) {
				return -1;
			}
			if (data && isLineEnd(bytes[line])) {
				return next;
			}
			data |= isData(bytes, line);
			line = next;
		}
		return -1;
	}

	/**
	 * Find the next line.
	 * @return where it begins, the end of the bytes if there is none
	 */
	static int nextLine(byte[] bytes, int from) {
		int end = from;
		while (end < bytes.length && !isLineEnd(bytes[end])) {
			end++;
		}
		boolean crLf = end + 1 < bytes.length && bytes[end] == '\r' && bytes[end + 1] == '\n';
		return Math.min(end + (crLf ? 2 : 1), bytes.length);
	}

	/**
	 * Count events.
	 */
	static int count(byte[] bytes) {
		int count = 0;
		for (int end = end(bytes, 0); end != -1; end = end(bytes, end)) {
			count++;
		}
		return count;
	}

	private static boolean isLineEnd(byte character) {
		return character == '\n' || character == '\r';
	}

	private static boolean isData(byte[] bytes, int start) {
		return start + 4 < bytes.length && bytes[start] == 'd' && bytes[start + 1] == 'a' && bytes[start + 2] == 't'
				&& bytes[start + 3] == 'a' && bytes[start + 4] == ':';
	}

}
