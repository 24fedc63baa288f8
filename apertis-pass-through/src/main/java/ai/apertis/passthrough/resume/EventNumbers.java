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
			numbered.write(bytes, from, end - from);
			from = end;
		}
		numbered.write(bytes, from, bytes.length - from);
		return numbered.toByteArray();
	}

}
