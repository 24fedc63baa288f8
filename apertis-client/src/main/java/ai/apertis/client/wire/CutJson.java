package ai.apertis.client.wire;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Closes JSON that was cut off, where that is possible, so that it can be read: a string
 * ends where it was cut, and a member without a value is left out.
 */
public final class CutJson {

	private static final int ESCAPED_UNIT = 6;

	/** What is deeper is no answer. */
	private static final int MAX_DEPTH = 500;

	private final byte[] json;

	/** What closes the arrays and objects that are open. */
	private final Deque<Character> open = new ArrayDeque<>();

	/** Up to where it can be closed. */
	private int safe;

	private boolean withinString;

	private CutJson(byte[] json) {
		this.json = json;
	}

	/**
	 * Close JSON.
	 * @param json its bytes, as far as they came
	 * @return JSON that begins with what came, all of it if it was whole; empty if
	 * nothing of an object or array has come
	 */
	public static byte[] close(byte[] json) {
		return new CutJson(json).closed();
	}

	private byte[] closed() {
		boolean named = false;
		int i = 0;
		while (i < this.json.length) {
			switch (this.json[i]) {
				case '{', '[' -> {
					if (this.open.size() == MAX_DEPTH) {
						return new byte[0];
					}
					this.open.push((this.json[i] == '{') ? '}' : ']');
					named = false;
					this.safe = i + 1;
				}
				case '}', ']' -> {
					this.open.poll();
					named = false;
					this.safe = i + 1;
				}
				case ':' -> named = true;
				case ',' -> {
					// what stands before it is whole
					named = false;
					this.safe = i;
				}
				case '"' -> {
					boolean value = named || Character.valueOf(']').equals(this.open.peek());
					i = string(i, value);
				}
				default -> {
					// a number, a word or a blank: known to be whole when something
					// follows
				}
			}
			i++;
		}
		return this.open.isEmpty() ? Arrays.copyOf(this.json, this.safe) : closedAtSafe();
	}

	/**
	 * Go through a string.
	 * @return the index of its end, or of the end of all
	 */
	private int string(int start, boolean value) {
		int escape = start;
		int i = start + 1;
		while (i < this.json.length && this.json[i] != '"') {
			if (this.json[i] == '\\') {
				escape = i++;
			}
			i++;
		}
		this.withinString = value && i >= this.json.length;
		if (this.withinString) {
			this.safe = (escape > start && escape > this.json.length - ESCAPED_UNIT) ? escape : wholeCharacters(start);
		}
		else if (value) {
			this.safe = i + 1;
		}
		return i;
	}

	/**
	 * Leave out the last character of a string if it may not be whole.
	 */
	private int wholeCharacters(int start) {
		int end = this.json.length;
		int last = end - 1;
		while (last > start && (this.json[last] & 0xC0) == 0x80) {
			last--;
		}
		return (this.json[last] < 0) ? last : end;
	}

	private byte[] closedAtSafe() {
		StringBuilder closing = new StringBuilder(this.withinString ? "\"" : "");
		this.open.forEach(closing::append);
		byte[] closed = Arrays.copyOf(this.json, this.safe + closing.length());
		for (int i = 0; i < closing.length(); i++) {
			closed[this.safe + i] = (byte) closing.charAt(i);
		}
		return closed;
	}

}
