package ai.apertis.passthrough.ui;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Writes the events of a UI message stream. Each has one line of data.
 */
final class UiEvents {

	private static final byte[] DATA = ascii("data: ");

	private static final byte[] END = ascii("\n\n");

	private static final byte[] DONE = ascii("data: [DONE]\n\n");

	/** Of an event with a piece of text. */
	private static final byte[] TEXT_END = ascii("\"}\n\n");

	private static final byte[] NOTHING = new byte[0];

	private static final int USUAL_SIZE = 128;

	private byte[] bytes = NOTHING;

	private int length;

	/**
	 * Return the bytes of an event.
	 */
	static byte[] of(ObjectNode event) {
		UiEvents events = new UiEvents();
		events.add(event);
		return Arrays.copyOf(events.bytes, events.length);
	}

	/**
	 * Return how the events begin that go on with a text.
	 * @param type the type of the event
	 * @param id the id of the text, which needs no escapes
	 */
	static byte[] textStart(String type, String id) {
		return ascii("data: {\"type\":\"" + type + "\",\"id\":\"" + id + "\",\"delta\":\"");
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	/**
	 * Add an event.
	 */
	void add(ObjectNode event) {
		byte[] json = JsonMapper.shared().writeValueAsBytes(event);
		append(DATA);
		append(json);
		append(END);
	}

	/**
	 * Go on with a text. This is what is done for each token.
	 * @param start how the event begins
	 */
	void addText(byte[] start, String text) {
		append(start);
		append(quoted(text));
		append(TEXT_END);
	}

	/**
	 * Half a character, which some models send, is none in UTF-8.
	 */
	private static byte[] quoted(String text) {
		try {
			return JsonStringEncoder.getInstance().quoteAsUTF8(text);
		}
		catch (IllegalArgumentException ex) {
			String whole = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
			return JsonStringEncoder.getInstance().quoteAsUTF8(whole);
		}
	}

	/**
	 * Add the end of the stream.
	 */
	void addDone() {
		append(DONE);
	}

	private void append(byte[] added) {
		int needed = this.length + added.length;
		if (needed > this.bytes.length) {
			this.bytes = Arrays.copyOf(this.bytes, Math.max(USUAL_SIZE, Math.max(needed, 2 * this.length)));
		}
		System.arraycopy(added, 0, this.bytes, this.length, added.length);
		this.length = needed;
	}

	/**
	 * Return what has been added since the last time, {@code null} if that is nothing.
	 */
	@Nullable DataBuffer take() {
		if (this.length == 0) {
			return null;
		}
		DataBuffer taken = DefaultDataBufferFactory.sharedInstance
			.wrap(ByteBuffer.wrap(this.bytes, 0, this.length).slice());
		this.bytes = NOTHING;
		this.length = 0;
		return taken;
	}

}
