package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Form of a body, by its first bytes, as content types are wrong too often.
 */
enum BodyForm {

	/** Nothing has come yet that tells. */
	UNKNOWN,

	/** An event stream. */
	EVENTS,

	/** JSON: an error, or a whole completion. */
	JSON,

	/** Text, a page or anything else that is no answer. */
	OTHER;

	/**
	 * What a line of an event stream may begin with, errors of older gateways included.
	 */
	private static final List<String> FIELDS = List.of("data", "event", "id", "retry", "error");

	private static final int MAX_FIELD_LENGTH = 5;

	private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";

	/**
	 * Look at the beginning of a body.
	 * @param bytes the bytes that have come so far
	 * @return its form
	 */
	static BodyForm of(byte[] bytes) {
		int start = 0;
		int mark = 0;
		while (mark < BYTE_ORDER_MARK.length() && mark < bytes.length
				&& (bytes[mark] & 0xFF) == BYTE_ORDER_MARK.charAt(mark)) {
			mark++;
		}
		if (mark > 0 && mark == bytes.length) {
			return UNKNOWN;
		}
		start = (mark == BYTE_ORDER_MARK.length()) ? mark : 0;
		while (start < bytes.length && isBlank(bytes[start])) {
			start++;
		}
		if (start == bytes.length) {
			return UNKNOWN;
		}
		return switch (bytes[start]) {
			case '{', '[' -> JSON;
			case ':' -> EVENTS;
			default -> ofField(bytes, start);
		};
	}

	private static BodyForm ofField(byte[] bytes, int start) {
		int end = start;
		while (end < bytes.length && end - start <= MAX_FIELD_LENGTH && bytes[end] >= 'a' && bytes[end] <= 'z') {
			end++;
		}
		String name = new String(bytes, start, end - start, StandardCharsets.US_ASCII);
		if (end == bytes.length) {
			return FIELDS.stream().anyMatch((field) -> field.startsWith(name)) ? UNKNOWN : OTHER;
		}
		boolean ends = bytes[end] == ':' || bytes[end] == '\n' || bytes[end] == '\r';
		return (ends && FIELDS.contains(name)) ? EVENTS : OTHER;
	}

	private static boolean isBlank(byte b) {
		return b == ' ' || b == '\t' || b == '\r' || b == '\n';
	}

}
