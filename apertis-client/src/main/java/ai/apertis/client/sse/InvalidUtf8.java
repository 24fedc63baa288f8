package ai.apertis.client.sse;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Detects events whose data are not valid UTF-8. The standard replaces the invalid bytes,
 * a JSON parser rejects them.
 */
public final class InvalidUtf8 {

	private InvalidUtf8() {
	}

	/**
	 * Return whether an event has bytes that are no UTF-8.
	 * @param event the event
	 * @return whether its data cannot be decoded as they are
	 */
	public static boolean isIn(Event event) {
		try {
			StandardCharsets.UTF_8.newDecoder()
				.decode(ByteBuffer.wrap(event.data(), event.dataStart(), event.dataEnd() - event.dataStart()));
			return false;
		}
		catch (CharacterCodingException ex) {
			// that is the answer
			return true;
		}
	}

}
