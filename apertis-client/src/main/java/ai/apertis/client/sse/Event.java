package ai.apertis.client.sse;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * One event of an event stream, before any meaning: a slice of the bytes that came in.
 * They are overwritten by what comes later, so that an event is valid until its stream
 * reads on.
 *
 * @see <a href=
 * "https://html.spec.whatwg.org/multipage/server-sent-events.html">Server-sent events</a>
 */
public final class Event {

	private final byte[] bytes;

	private final int blockStart;

	private final int blockEnd;

	private final String type;

	private final boolean hasData;

	private final byte[] data;

	private final int dataStart;

	private final int dataEnd;

	Event(byte[] bytes, int blockStart, int blockEnd, String type, boolean hasData, byte[] data, int dataStart,
			int dataEnd) {
		this.bytes = bytes;
		this.blockStart = blockStart;
		this.blockEnd = blockEnd;
		this.type = type;
		this.hasData = hasData;
		this.data = data;
		this.dataStart = dataStart;
		this.dataEnd = dataEnd;
	}

	/**
	 * Make an event of data that did not come in an event stream.
	 * @param data the data
	 * @return an event of the type {@code message}, whose own bytes are the data
	 */
	public static Event of(byte[] data) {
		return new Event(data, 0, data.length, "message", true, data, 0, data.length);
	}

	/**
	 * Make an event of the type {@code message} with one line of data.
	 * @param line the data, without a line break
	 * @return the event
	 */
	public static Event ofLine(String line) {
		byte[] block = ("data: " + line + "\n\n").getBytes(StandardCharsets.UTF_8);
		return new Event(block, 0, block.length, "message", true, block, "data: ".length(), block.length - 2);
	}

	/**
	 * Return whether the data were joined of several lines.
	 */
	public boolean isJoined() {
		return this.hasData && this.data != this.bytes;
	}

	/**
	 * Return the array that holds the event's own bytes, as they came in, from
	 * {@link #blockStart()} to {@link #blockEnd()}. It is shared and must not be changed.
	 * @return the array, which may hold other events too
	 */
	public byte[] block() {
		return this.bytes;
	}

	/**
	 * Return where the event's first line begins in {@link #block()}.
	 * @return the index of the first byte
	 */
	public int blockStart() {
		return this.blockStart;
	}

	/**
	 * Return where the event ends in {@link #block()}, its empty line included.
	 * @return the index behind the last byte
	 */
	public int blockEnd() {
		return this.blockEnd;
	}

	/**
	 * Return the event's type.
	 * @return the value of its last {@code event} field, {@code message} if there is none
	 */
	public String type() {
		return this.type;
	}

	/**
	 * Return whether the event has a {@code data} field. The standard does not dispatch
	 * an event without one; it is handed out nevertheless, because some gateways report
	 * an error in a field of another name.
	 * @return whether there is data
	 */
	public boolean hasData() {
		return this.hasData;
	}

	/**
	 * Return the array that holds the event's data from {@link #dataStart()} to
	 * {@link #dataEnd()}: several {@code data} lines are joined by LF. It is shared and
	 * must not be changed.
	 * @return the array, which may hold other bytes too
	 */
	public byte[] data() {
		return this.data;
	}

	/**
	 * Return where the data begins in {@link #data()}.
	 * @return the index of the first byte
	 */
	public int dataStart() {
		return this.dataStart;
	}

	/**
	 * Return where the data ends in {@link #data()}.
	 * @return the index behind the last byte
	 */
	public int dataEnd() {
		return this.dataEnd;
	}

	/**
	 * Return the data as text. Bytes that are no UTF-8 become U+FFFD.
	 * @return the text, empty if there is no data
	 */
	public String dataText() {
		return new String(this.data, this.dataStart, this.dataEnd - this.dataStart, StandardCharsets.UTF_8);
	}

	/**
	 * Return the event's own bytes as text, for diagnostics.
	 * @return the text of the block
	 */
	public String blockText() {
		return new String(this.bytes, this.blockStart, this.blockEnd - this.blockStart, StandardCharsets.UTF_8);
	}

	/**
	 * Return whether the data are valid UTF-8. The standard replaces invalid bytes, a
	 * JSON parser rejects them.
	 * @return whether the data can be decoded as they are
	 */
	public boolean isUtf8() {
		try {
			StandardCharsets.UTF_8.newDecoder()
				.decode(ByteBuffer.wrap(this.data, this.dataStart, this.dataEnd - this.dataStart));
			return true;
		}
		catch (CharacterCodingException ex) {
			// that is the answer
			return false;
		}
	}

	/**
	 * Return the event's type and size, never its content.
	 */
	@Override
	public String toString() {
		return "Event[type=" + this.type + ", data=" + (this.dataEnd - this.dataStart) + " bytes]";
	}

}
