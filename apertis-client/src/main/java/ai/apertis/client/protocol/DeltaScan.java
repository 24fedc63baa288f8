package ai.apertis.client.protocol;

import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Pass over the deltas and messages of one event: whether there is anything of the answer
 * in them, and where the text is that the model has written.
 */
final class DeltaScan {

	private static final Set<String> REASONING = Set.of("reasoning_content", "reasoning", "thinking");

	/**
	 * The other members of a delta in which there is something that the model has
	 * written.
	 */
	private static final Set<String> WRITTEN_IN = Set.of("content", "refusal", "tool_calls", "function_call");

	/** And what it is called there. */
	private static final Set<String> WRITTEN = Set.of("content", "refusal", "reasoning_content", "reasoning",
			"thinking", "text", "summary", "name", "arguments");

	private final JsonParser parser;

	/** The text of the choice that is looked at is kept here. */
	private final Strings written;

	private final @Nullable StringPlaces places;

	private boolean inContent;

	/** Whether a detail with a text was skipped. */
	private boolean detail;

	/**
	 * Create a pass over one event.
	 * @param parser the parser of the event's data
	 * @param written keeps the texts of the choice that is looked at
	 * @param places where the strings are, {@code null} if they are not needed
	 */
	DeltaScan(JsonParser parser, Strings written, @Nullable StringPlaces places) {
		this.parser = parser;
		this.written = written;
		this.places = places;
	}

	/**
	 * Read a delta or a message.
	 * @param value the parser's current token
	 * @param counts whether its text counts
	 * @return whether it has anything of the answer in it
	 */
	boolean read(JsonToken value, boolean counts) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return false;
		}
		boolean content = false;
		boolean reasoned = false;
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken member = this.parser.nextToken();
			boolean something = switch (name) {
				case "content", "refusal", "reasoning_content", "reasoning", "thinking" -> isText(member);
				case "tool_calls", "images" -> member == JsonToken.START_ARRAY;
				case "function_call", "audio" -> member == JsonToken.START_OBJECT;
				default -> false;
			};
			boolean details = name.equals("reasoning_details");
			boolean reasoning = details || REASONING.contains(name);
			this.detail = false;
			// many tell the same reasoning twice
			this.inContent = counts && (reasoning ? !reasoned : WRITTEN_IN.contains(name));
			// an empty list or object has nothing in it
			boolean filled = skip(member);
			this.inContent = false;
			boolean told = (something && filled) || (details && this.detail);
			reasoned |= reasoning && told;
			content |= told;
		}
		return content;
	}

	/**
	 * Skip a value, and note the strings in it.
	 * @param value the parser's current token
	 * @return whether there is anything in it
	 */
	boolean skip(JsonToken value) {
		int depth = 0;
		int tokens = 0;
		for (JsonToken token = value; token != null; token = this.parser.nextToken()) {
			if (token == JsonToken.VALUE_STRING) {
				note();
			}
			depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
			tokens++;
			if (depth == 0) {
				break;
			}
		}
		// more than the two of its own brackets
		return !value.isStructStart() || tokens > 2;
	}

	private void note() {
		boolean text = this.inContent && WRITTEN.contains(String.valueOf(this.parser.currentName()));
		if (this.places != null) {
			this.places.add(this.parser.currentTokenLocation().getByteOffset(), text);
		}
		if (text) {
			this.written.keep();
		}
		this.detail |= isDetailText();
	}

	/**
	 * Details may be nothing but a signature, which is no part of the answer.
	 */
	private boolean isDetailText() {
		String name = this.parser.currentName();
		return ("text".equals(name) || "summary".equals(name)) && !this.written.isAtEmpty();
	}

	private boolean isText(JsonToken value) {
		return value == JsonToken.VALUE_STRING ? !this.written.isAtEmpty() : value.isStructStart();
	}

	/**
	 * The text so far does not count: the same follows in another member.
	 */
	void forget() {
		this.written.forget();
		if (this.places != null) {
			this.places.forgetTexts();
		}
	}

}
