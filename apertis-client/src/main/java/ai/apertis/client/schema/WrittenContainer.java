package ai.apertis.client.schema;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/**
 * Finds the one JSON object, or the one list, in the text of a model, whatever surrounds
 * it. Takes time linear in the length of the text.
 */
final class WrittenContainer {

	private static final ObjectReader ONE_VALUE = WireJson.mapper()
		.reader()
		.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

	private static final String THINKING = "(?:think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad)";

	private static final Pattern THINKING_BEGINS = Pattern.compile("^<" + THINKING + ">", Pattern.CASE_INSENSITIVE);

	private static final Pattern THINKING_ENDS = Pattern.compile("</" + THINKING + ">", Pattern.CASE_INSENSITIVE);

	private static final char BYTE_ORDER_MARK = '\uFEFF';

	private final String text;

	private final char opening;

	private final char closing;

	private final Set<JsonNode> found = new LinkedHashSet<>();

	private WrittenContainer(String text, char opening, char closing) {
		this.text = text;
		this.opening = opening;
		this.closing = closing;
	}

	/**
	 * Find the object.
	 * @param text what the model wrote
	 * @return the object, or what the whole text is if that is JSON
	 * @throws JacksonException if there is none, or more than one
	 */
	static JsonNode objectIn(String text) {
		return in(text, false);
	}

	/**
	 * Find the list, or the object that holds it, whichever comes first.
	 * @param text what the model wrote
	 * @return the list or the object, or what the whole text is if that is JSON
	 * @throws JacksonException if there is none, or more than one
	 */
	static JsonNode listIn(String text) {
		return in(text, true);
	}

	private static JsonNode in(String text, boolean list) {
		String stripped = text.strip();
		while (!stripped.isEmpty() && stripped.charAt(0) == BYTE_ORDER_MARK) {
			stripped = stripped.substring(1).strip();
		}
		JsonNode whole = whole(stripped);
		if (whole != null && whole.isString()) {
			// written as JSON, and that once more as a text
			JsonNode inner = whole(whole.asString().strip());
			return (inner != null && inner.isContainer()) ? inner : whole;
		}
		return (whole != null) ? whole : within(stripped, list);
	}

	private static @Nullable JsonNode whole(String text) {
		try {
			return text.isEmpty() ? null : ONE_VALUE.readTree(text);
		}
		catch (JacksonException ex) {
			// there is more than one value in it, or less
			return null;
		}
	}

	private static JsonNode within(String text, boolean list) {
		int end = endOfThinking(text, list);
		if (end < 0) {
			throw new NoSingleContainerException("the text is nothing but thinking");
		}
		String answer = text.substring(end);
		if (end > 0 && begin(answer, list, 0) >= 0) {
			return in(answer, list);
		}
		int begin = begin(text, list, 0);
		return (begin >= 0 && text.charAt(begin) == '[') ? new WrittenContainer(text, '[', ']').single()
				: new WrittenContainer(text, '{', '}').single();
	}

	/**
	 * Return where the next object, or list if that is looked for, begins.
	 */
	private static int begin(String text, boolean list, int from) {
		int object = text.indexOf('{', from);
		int bracket = list ? text.indexOf('[', from) : -1;
		return (bracket >= 0 && (object < 0 || bracket < object)) ? bracket : object;
	}

	/**
	 * Return where the thinking ends, 0 if there is none, negative if nothing follows.
	 */
	private static int endOfThinking(String text, boolean list) {
		Matcher matcher = THINKING_ENDS.matcher(text);
		int end = 0;
		int object = begin(text, list, 0);
		boolean begins = THINKING_BEGINS.matcher(text).find();
		while (matcher.find()) {
			// within the object it is a part of its text
			if (begins || object < 0 || begin(text, list, matcher.end()) >= 0) {
				end = matcher.end();
			}
		}
		return (begins && end == 0) ? -1 : end;
	}

	private JsonNode single() {
		int position = next(0);
		while (position >= 0) {
			int end = container(position);
			if (end < 0) {
				end = endOfBraces(position);
				if (end < 0) {
					// what is inside of a piece is not the answer
					throw new NoSingleContainerException("a JSON value is cut off, or is none");
				}
			}
			position = next(end);
		}
		if (this.found.size() != 1) {
			throw new NoSingleContainerException(this.found.isEmpty() ? "there is no JSON value"
					: "there are " + this.found.size() + " different JSON values");
		}
		return this.found.iterator().next();
	}

	private int next(int from) {
		return this.text.indexOf(this.opening, from);
	}

	/**
	 * Read a value.
	 * @return the index behind it, negative if there is none
	 */
	private int container(int start) {
		try (Reader rest = new StringReader(this.text)) {
			rest.skip(start);
			return container(start, rest);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private int container(int start, Reader rest) {
		try (JsonParser parser = WireJson.mapper().createParser(rest)) {
			JsonNode value = parser.readValueAsTree();
			this.found.add(value);
			return start + (int) parser.currentLocation().getCharOffset();
		}
		catch (JacksonException ex) {
			// braces in the words around it
			return -1;
		}
	}

	/**
	 * Find the brace that closes one.
	 * @return the index behind it, negative if there is none
	 */
	private int endOfBraces(int start) {
		int depth = 0;
		boolean quoted = false;
		for (int i = start; i < this.text.length(); i++) {
			char character = this.text.charAt(i);
			if (quoted) {
				i += (character == '\\') ? 1 : 0;
				quoted = character != '"';
			}
			else if (character == '"') {
				quoted = true;
			}
			else if (character == this.opening) {
				depth++;
			}
			else if (character == this.closing && --depth == 0) {
				return i + 1;
			}
		}
		return -1;
	}

	private static final class NoSingleContainerException extends JacksonException {

		NoSingleContainerException(String message) {
			super(message);
		}

	}

}
