package ai.apertis.client.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import ai.apertis.client.sse.Event;
import ai.apertis.client.wire.WireJson;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Finds out the types of events whose JSON tells it. As a rule it stands first, and is
 * that of the event before: nothing is parsed then. Gateways that translate put anything
 * into the {@code event} field, which counts only if the JSON has no type.
 */
final class EventTypes {

	private static final byte[] TYPE = "\"type\"".getBytes(StandardCharsets.US_ASCII);

	private static final String NAME = "type";

	/** What the standard calls events without a type. */
	private static final String UNNAMED = "message";

	private byte[] lastBytes = new byte[0];

	private String last = "";

	/**
	 * Return the type of an event with data.
	 * @return the type, empty if there is none
	 */
	String of(Event event) {
		byte[] data = event.data();
		int end = event.dataEnd();
		int position = skipBlanks(data, event.dataStart(), end);
		if (position < end && data[position] == '{') {
			position = skipBlanks(data, position + 1, end);
			int value = afterColon(data, position, end);
			if (value >= 0) {
				int valueEnd = plainStringEnd(data, value, end);
				if (valueEnd >= 0) {
					return type(data, value, valueEnd);
				}
			}
		}
		return parsed(event);
	}

	private static int skipBlanks(byte[] data, int from, int end) {
		int position = from;
		while (position < end && (data[position] == ' ' || data[position] == '\t' || data[position] == '\n')) {
			position++;
		}
		return position;
	}

	/**
	 * Return where the text of the type begins, -1 if it does not stand here.
	 */
	private static int afterColon(byte[] data, int position, int end) {
		if (position + TYPE.length > end
				|| !Arrays.equals(data, position, position + TYPE.length, TYPE, 0, TYPE.length)) {
			return -1;
		}
		int colon = skipBlanks(data, position + TYPE.length, end);
		if (colon >= end || data[colon] != ':') {
			return -1;
		}
		int quote = skipBlanks(data, colon + 1, end);
		return (quote < end && data[quote] == '"') ? quote + 1 : -1;
	}

	private static int plainStringEnd(byte[] data, int start, int end) {
		for (int i = start; i < end; i++) {
			if (data[i] == '"') {
				return i;
			}
			if (data[i] == '\\') {
				return -1;
			}
		}
		return -1;
	}

	private String type(byte[] data, int start, int end) {
		if (!Arrays.equals(data, start, end, this.lastBytes, 0, this.lastBytes.length)) {
			this.lastBytes = Arrays.copyOfRange(data, start, end);
			this.last = new String(this.lastBytes, StandardCharsets.UTF_8);
		}
		return this.last;
	}

	private static String parsed(Event event) {
		try (JsonParser parser = WireJson.mapper()
			.createParser(event.data(), event.dataStart(), event.dataEnd() - event.dataStart())) {
			if (parser.nextToken() == JsonToken.START_OBJECT) {
				for (String name = parser.nextName(); name != null; name = parser.nextName()) {
					if (parser.nextToken() == JsonToken.VALUE_STRING && name.equals(NAME)) {
						return parser.getString();
					}
					parser.skipChildren();
				}
			}
		}
		return event.type().equals(UNNAMED) ? "" : event.type();
	}

}
