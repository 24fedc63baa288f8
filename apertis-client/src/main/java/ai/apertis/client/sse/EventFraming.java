package ai.apertis.client.sse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import ai.apertis.client.error.EventTooLargeException;
import org.jspecify.annotations.Nullable;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Cuts the bytes of a response into {@link Event events}, by the rules of the WHATWG
 * standard: lines end with LF, CRLF or a lone CR, a leading byte order mark is dropped,
 * comments are ignored, several {@code data} lines are joined, and a block without its
 * empty line at the end of the body is never handed out. The result is the same for every
 * way of cutting the body into buffers.
 * <p>
 * It works on bytes, because none of the characters it looks for occurs inside a
 * multi-byte UTF-8 sequence. The bytes of a buffer are copied into one array, which the
 * next ones are read into again, so that there is one way to look at all of them, those
 * of an event in several buffers too. Not safe for use by several threads at a time.
 *
 * @see <a href=
 * "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">Interpreting
 * an event stream</a>
 */
public final class EventFraming {

	private static final byte CR = '\r';

	private static final byte LF = '\n';

	private static final byte[] BYTE_ORDER_MARK = { (byte) 0xEF, (byte) 0xBB, (byte) 0xBF };

	private static final byte[] NOTHING = new byte[0];

	private static final int MIN_KEPT = 256;

	private static final int MAX_KEPT = 4096;

	private static final int LARGE = 1024 * 1024;

	private final int maxEventSize;

	private byte[] bytes = NOTHING;

	/** Behind the last byte received. */
	private int end;

	/** The first byte of the last buffer. */
	private int appendedFrom;

	/** The first byte of the block that is being read. */
	private int blockStart;

	/** Where the block's size is counted from. */
	private int sizeFrom;

	/** The first byte of the line that is being read. */
	private int lineStart;

	/** The next byte to look at. */
	private int position;

	private boolean atStart = true;

	private boolean lastWasCr;

	private final Block block = new Block();

	/**
	 * Create a framing for one response.
	 * @param maxEventSize the maximum number of bytes that one event may have
	 */
	public EventFraming(int maxEventSize) {
		this.maxEventSize = maxEventSize;
	}

	/**
	 * Take the bytes of a buffer, which stays as it is.
	 * @param buffer the next bytes of the body
	 */
	public void append(DataBuffer buffer) {
		int length = buffer.readableByteCount();
		makeRoomFor(length);
		int position = buffer.readPosition();
		buffer.read(this.bytes, this.end, length);
		buffer.readPosition(position);
		this.appendedFrom = this.end;
		this.end += length;
	}

	/**
	 * Return whether bytes are all that the last buffer had, and nothing else.
	 * @param bytes the array of events
	 * @param start where the bytes begin
	 * @param end where they end
	 * @return whether the buffer can stand for them
	 */
	public boolean isLastAppended(byte[] bytes, int start, int end) {
		return bytes == this.bytes && start == this.appendedFrom && end == this.end;
	}

	/**
	 * Return how much of the event has come that is not whole yet.
	 * @return the number of bytes
	 */
	public int gathered() {
		return this.end - this.blockStart;
	}

	/**
	 * Hand out the next event, which is valid until more bytes are taken.
	 * @return the event, or {@code null} if more bytes are needed for one
	 * @throws EventTooLargeException if the event is larger than the limit
	 */
	public @Nullable Event next() {
		if (this.atStart && !skipByteOrderMark()) {
			return null;
		}
		byte[] bytes = this.bytes;
		while (true) {
			int i = LineEnd.find(bytes, this.position, this.end);
			if (i == this.end) {
				this.position = i;
				checkSize(i);
				return null;
			}
			this.position = i + 1;
			boolean secondHalfOfCrLf = (bytes[i] == LF && this.lastWasCr && i == this.lineStart);
			this.lastWasCr = (bytes[i] == CR);
			if (secondHalfOfCrLf) {
				skipLineFeed();
				continue;
			}
			Event event = endOfLine(i);
			if (event != null) {
				return event;
			}
		}
	}

	/**
	 * Hand out what is left at the end of the body: a block without its empty line, whose
	 * last line may lack its end. By the standard it is no event.
	 * @return what is left, {@code null} if that is nothing
	 */
	public @Nullable Event unterminated() {
		if (this.lineStart < this.end && this.bytes[this.lineStart] != LF) {
			this.block.field(this.bytes, this.lineStart, this.end);
		}
		return this.block.isEmpty() ? null : this.block.event(this.bytes, this.blockStart, this.end);
	}

	/**
	 * The line feed stays part of the block's bytes, but does not count for its size: how
	 * the body was cut into buffers decides whether it is here or in the block before.
	 */
	private void skipLineFeed() {
		this.lineStart = this.position;
		if (this.block.isEmpty()) {
			this.sizeFrom = this.position;
		}
	}

	private void makeRoomFor(int length) {
		int pending = this.end - this.blockStart;
		int needed = Math.addExact(pending, length);
		boolean oversized = this.bytes.length > MAX_KEPT && this.bytes.length / 4 > needed;
		if (needed > this.bytes.length || oversized) {
			// more room, so that an event in many small buffers is not copied anew for
			// each of them
			int more = (pending > LARGE) ? pending / 4 : pending;
			move(new byte[capacity(Math.addExact(needed, more))]);
		}
		else if (pending == 0 || this.bytes.length - this.end < length) {
			move(this.bytes);
		}
	}

	/**
	 * Room for the next buffers too, which are about as large.
	 */
	private static int capacity(int needed) {
		return (needed <= MAX_KEPT) ? Math.max(MIN_KEPT, Integer.highestOneBit(needed - 1) << 1) : needed;
	}

	/**
	 * Move the pending block to the start of an array.
	 */
	private void move(byte[] to) {
		System.arraycopy(this.bytes, this.blockStart, to, 0, this.end - this.blockStart);
		this.end -= this.blockStart;
		this.position -= this.blockStart;
		this.lineStart -= this.blockStart;
		this.sizeFrom -= this.blockStart;
		this.block.move(this.blockStart);
		this.blockStart = 0;
		if (to != this.bytes) {
			this.bytes = to;
		}
	}

	private boolean skipByteOrderMark() {
		int length = Math.min(this.end, BYTE_ORDER_MARK.length);
		boolean matches = Arrays.equals(this.bytes, 0, length, BYTE_ORDER_MARK, 0, length);
		if (matches && length < BYTE_ORDER_MARK.length) {
			return false;
		}
		this.atStart = false;
		if (matches) {
			this.position = length;
			startBlock();
		}
		return true;
	}

	private @Nullable Event endOfLine(int lineEnd) {
		if (lineEnd == this.lineStart) {
			return endOfBlock();
		}
		checkSize(lineEnd);
		this.block.field(this.bytes, this.lineStart, lineEnd);
		this.lineStart = this.position;
		if (this.block.isEmpty()) {
			startBlock();
		}
		return null;
	}

	private @Nullable Event endOfBlock() {
		checkSize(this.position);
		includeLineFeed();
		Event event = this.block.isEmpty() ? null : this.block.event(this.bytes, this.blockStart, this.position);
		startBlock();
		return event;
	}

	/**
	 * Take the LF of a CRLF into the block that it ends, if it has come already: the
	 * event must not wait for it.
	 */
	private void includeLineFeed() {
		if (this.lastWasCr && this.position < this.end && this.bytes[this.position] == LF) {
			this.position++;
			this.lastWasCr = false;
		}
	}

	private void startBlock() {
		this.blockStart = this.position;
		this.sizeFrom = this.position;
		this.lineStart = this.position;
		this.block.clear();
	}

	private void checkSize(int blockEnd) {
		if (blockEnd - this.sizeFrom > this.maxEventSize) {
			throw new EventTooLargeException(this.maxEventSize);
		}
	}

	/**
	 * The fields of the block that is being read, as positions of their bytes.
	 */
	private static final class Block {

		private static final byte[] DATA = ascii("data");

		private static final byte[] EVENT = ascii("event");

		private boolean empty = true;

		private int dataLines;

		private int dataStart;

		private int dataEnd;

		private byte[] joined = NOTHING;

		private int joinedLength;

		private @Nullable String type;

		/** The type that was read last: most events have that of the one before. */
		private byte[] knownBytes = NOTHING;

		private String known = "";

		boolean isEmpty() {
			return this.empty;
		}

		void clear() {
			this.empty = true;
			this.dataLines = 0;
			this.dataStart = 0;
			this.dataEnd = 0;
			if (this.joinedLength > 0) {
				this.joined = NOTHING;
				this.joinedLength = 0;
			}
			if (this.type != null) {
				this.type = null;
			}
		}

		void move(int offset) {
			this.dataStart -= offset;
			this.dataEnd -= offset;
		}

		void field(byte[] bytes, int start, int end) {
			if (bytes[start] == ':') {
				return;
			}
			this.empty = false;
			int colon = start;
			while (colon < end && bytes[colon] != ':') {
				colon++;
			}
			int value = Math.min(colon + 1, end);
			if (value < end && bytes[value] == ' ') {
				value++;
			}
			if (Arrays.equals(bytes, start, colon, DATA, 0, DATA.length)) {
				data(bytes, value, end);
			}
			else if (Arrays.equals(bytes, start, colon, EVENT, 0, EVENT.length)) {
				this.type = type(bytes, value, end);
			}
		}

		private String type(byte[] bytes, int start, int end) {
			if (!Arrays.equals(bytes, start, end, this.knownBytes, 0, this.knownBytes.length)) {
				this.knownBytes = Arrays.copyOfRange(bytes, start, end);
				this.known = new String(this.knownBytes, StandardCharsets.UTF_8);
			}
			return this.known;
		}

		private void data(byte[] bytes, int start, int end) {
			if (this.dataLines == 0) {
				this.dataStart = start;
				this.dataEnd = end;
			}
			else {
				if (this.dataLines == 1) {
					join(bytes, this.dataStart, this.dataEnd);
				}
				join(new byte[] { LF }, 0, 1);
				join(bytes, start, end);
			}
			this.dataLines++;
		}

		private void join(byte[] bytes, int start, int end) {
			int length = this.joinedLength + end - start;
			if (length > this.joined.length) {
				this.joined = Arrays.copyOf(this.joined, Math.max(length, 2 * this.joined.length));
			}
			System.arraycopy(bytes, start, this.joined, this.joinedLength, end - start);
			this.joinedLength = length;
		}

		Event event(byte[] bytes, int blockStart, int blockEnd) {
			String type = (this.type == null || this.type.isEmpty()) ? "message" : this.type;
			return switch (this.dataLines) {
				case 0 -> new Event(bytes, blockStart, blockEnd, type, false, NOTHING, 0, 0);
				case 1 -> new Event(bytes, blockStart, blockEnd, type, true, bytes, this.dataStart, this.dataEnd);
				default -> new Event(bytes, blockStart, blockEnd, type, true, this.joined, 0, this.joinedLength);
			};
		}

		private static byte[] ascii(String text) {
			return text.getBytes(StandardCharsets.US_ASCII);
		}

	}

}
