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
			int end = line;
			while (end < bytes.length && bytes[end] != '\n' && bytes[end] != '\r') {
				end++;
			}
			if (end == bytes.length) {
				return -1;
			}
			int next = end + ((bytes[end] == '\r' && end + 1 < bytes.length && bytes[end + 1] == '\n') ? 2 : 1);
			if (end > line) {
				data |= isData(bytes, line, end);
			}
			else if (data) {
				return next;
			}
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
		while (end < bytes.length && bytes[end] != '\n' && bytes[end] != '\r') {
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

	private static boolean isData(byte[] bytes, int start, int end) {
		return end - start > 4 && bytes[start] == 'd' && bytes[start + 1] == 'a' && bytes[start + 2] == 't'
				&& bytes[start + 3] == 'a' && bytes[start + 4] == ':';
	}

}
