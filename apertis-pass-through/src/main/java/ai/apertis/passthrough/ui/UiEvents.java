package ai.apertis.passthrough.ui;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

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

	private static final int USUAL_SIZE = 128;

	private @Nullable ByteArrayOutputStream bytes;

	/**
	 * Return the bytes of an event.
	 */
	static byte[] of(ObjectNode event) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_SIZE);
		write(event, bytes);
		return bytes.toByteArray();
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

	private static void write(ObjectNode event, ByteArrayOutputStream bytes) {
		bytes.writeBytes(DATA);
		bytes.writeBytes(JsonMapper.shared().writeValueAsBytes(event));
		bytes.writeBytes(END);
	}

	/**
	 * Add an event.
	 */
	void add(ObjectNode event) {
		write(event, bytes());
	}

	/**
	 * Go on with a text. This is what is done for each token.
	 * @param start how the event begins
	 */
	void addText(byte[] start, String text) {
		ByteArrayOutputStream bytes = bytes();
		bytes.writeBytes(start);
		bytes.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
		bytes.writeBytes(TEXT_END);
	}

	/**
	 * Add the end of the stream.
	 */
	void addDone() {
		bytes().writeBytes(DONE);
	}

	private ByteArrayOutputStream bytes() {
		ByteArrayOutputStream bytes = this.bytes;
		if (bytes == null) {
			bytes = new ByteArrayOutputStream(USUAL_SIZE);
			this.bytes = bytes;
		}
		return bytes;
	}

	/**
	 * Return what has been added since the last time, {@code null} if that is nothing.
	 */
	@Nullable DataBuffer take() {
		ByteArrayOutputStream bytes = this.bytes;
		this.bytes = null;
		return (bytes != null) ? DefaultDataBufferFactory.sharedInstance.wrap(bytes.toByteArray()) : null;
	}

}
