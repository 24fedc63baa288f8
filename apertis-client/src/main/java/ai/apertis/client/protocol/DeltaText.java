package ai.apertis.client.protocol;

import java.nio.charset.StandardCharsets;

import ai.apertis.client.sse.Event;
import ai.apertis.client.tokens.TokenTally;
import ai.apertis.client.wire.WireJson;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Counts the text of deltas, which stands in one member of their JSON. It is found by its
 * name, without parsing what is before: inside of a text the quotes would be escaped.
 */
final class DeltaText {

	private final TokenTally tally = new TokenTally();

	private final byte[][] names;

	private final String[] members;

	/**
	 * Create a count.
	 * @param members the names of the members, of which a delta has one
	 */
	DeltaText(String... members) {
		this.members = members;
		this.names = new byte[members.length][];
		for (int i = 0; i < members.length; i++) {
			this.names[i] = ("\"" + members[i] + "\":\"").getBytes(StandardCharsets.US_ASCII);
		}
	}

	/**
	 * Count the text of a delta.
	 * @return whether there is any
	 */
	boolean add(Event event) {
		byte[] data = event.data();
		int end = event.dataEnd();
		for (byte[] name : this.names) {
			int start = find(data, event.dataStart(), end, name);
			if (start >= 0) {
				return addString(data, start, end);
			}
		}
		return addParsed(event);
	}

	private boolean addString(byte[] data, int start, int end) {
		int stringEnd = start;
		while (stringEnd < end && data[stringEnd] != '"') {
			stringEnd += (data[stringEnd] == '\\') ? 2 : 1;
		}
		stringEnd = Math.min(stringEnd, end);
		this.tally.addEscaped(data, start, stringEnd);

		return stringEnd > start;
	}

	/**
	 * Return where the text begins, -1 if it is not there.
	 */
	private static int find(byte[] data, int from, int end, byte[] name) {
		int last = end - name.length;
		for (int i = from; i <= last; i++) {
			if (data[i] == '"' && data[i + 1] == name[1] && isAt(data, i, name)) {
				return i + name.length;
			}
		}
		return -1;
	}

	private static boolean isAt(byte[] data, int position, byte[] name) {
		for (int i = 2; i < name.length; i++) {
			if (data[position + i] != name[i]) {
				return false;
			}
		}
		// a quote that is a part of a text
		return position == 0 || data[position - 1] != '\\';
	}

	/**
	 * Written with blanks, or in another order.
	 */
	private boolean addParsed(Event event) {
		boolean any = false;
		try (JsonParser parser = WireJson.mapper()
			.createParser(event.data(), event.dataStart(), event.dataEnd() - event.dataStart())) {
			for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
				if (token == JsonToken.VALUE_STRING && isText(parser.currentName())) {
					String text = parser.getString();
					add(text);
					any |= !text.isEmpty();
				}
			}
		}
		return any;
	}

	private boolean isText(String name) {
		for (String member : this.members) {
			if (member.equals(name)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Count a text that came otherwise.
	 */
	void add(String text) {
		this.tally.add(text);

	}

	long tokens() {
		return this.tally.tokens();
	}

}
