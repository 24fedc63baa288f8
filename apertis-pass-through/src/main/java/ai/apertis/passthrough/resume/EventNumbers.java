package ai.apertis.passthrough.resume;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Gives events their numbers, from which an {@code EventSource} resumes by itself.
 */
final class EventNumbers {

	private long last;

	/**
	 * Create numbers.
	 * @param last the number of the event before the first
	 */
	EventNumbers(long last) {
		this.last = last;
	}

	/**
	 * Put the number before each event, and release the buffer.
	 */
	DataBuffer add(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return DefaultDataBufferFactory.sharedInstance.wrap(add(bytes));
	}

	byte[] add(byte[] bytes) {
		ByteArrayOutputStream numbered = new ByteArrayOutputStream(bytes.length + 32);
		int from = 0;
		for (int end = StoredEvents.end(bytes, 0); end != -1; end = StoredEvents.end(bytes, end)) {
			this.last++;
			numbered.writeBytes(("id: " + this.last + "\n").getBytes(StandardCharsets.US_ASCII));
			writeWithoutId(bytes, from, end, numbered);
			from = end;
		}
		numbered.write(bytes, from, bytes.length - from);
		return numbered.toByteArray();
	}

	/**
	 * Of two ids the last would hold.
	 */
	private static void writeWithoutId(byte[] bytes, int from, int end, ByteArrayOutputStream numbered) {
		int line = from;
		while (line < end) {
			int next = StoredEvents.nextLine(bytes, line);
			boolean id = next - line > 2 && bytes[line] == 'i' && bytes[line + 1] == 'd' && bytes[line + 2] == ':';
			if (!id) {
				numbered.write(bytes, line, next - line);
			}
			line = next;
		}
	}

}
