package ai.apertis.client.sse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Judges a stream by its events: which choices have begun and which have their finish
 * reason, the usage, an error, the done marker. It looks into an event only as far as
 * that needs. Not safe for use by several threads at a time.
 */
public final class Verdict {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final byte[] DONE_MARKER = "[DONE]".getBytes(StandardCharsets.US_ASCII);

	private static final String ERROR = "error";

	private static final int MOST_REASONS = 10;

	/** A stream whose chunks are all different is not worth the trouble. */
	private static final int MOST_TEMPLATES = 10;

	private final int choices;

	private final boolean finishReasonRequired;

	private final Set<Integer> unfinishedChoices = new HashSet<>();

	private final Set<Integer> finishedChoices = new HashSet<>();

	/** What most chunks are like; {@code null} if none was parsed yet. */
	private @Nullable ChunkTemplate template;

	/** Templates that may still be tried before one fits. */
	private int templatesLeft = MOST_TEMPLATES;

	private long chunks;

	private long chunkBytes;

	private @Nullable String id;

	private final List<String> finishReasons = new ArrayList<>(1);

	private boolean done;

	private @Nullable GatewayError error;

	private boolean errorObject;

	private @Nullable JsonNode usage;

	private @Nullable JsonNode sideUsage;

	/**
	 * Create a verdict for one stream.
	 * @param choices how many choices were asked for
	 * @param finishReasonRequired whether a done marker without any finish reason, after
	 * content began, leaves the stream interrupted
	 */
	public Verdict(int choices, boolean finishReasonRequired) {
		this.choices = choices;
		this.finishReasonRequired = finishReasonRequired;
	}

	/**
	 * Take the next event into account.
	 * @param event the event
	 * @return what the event means for the stream
	 * @throws JacksonException if the event should be JSON and is not
	 */
	public Meaning observe(Event event) {
		if (!event.hasData()) {
			return observeFieldNamedError(event);
		}
		if (isLikeTheLast(event)) {
			countChunk(event);
			return Meaning.CHUNK;
		}
		int start = event.dataStart();
		int end = event.dataEnd();
		while (start < end && isBlank(event.data()[start])) {
			start++;
		}
		while (start < end && isBlank(event.data()[end - 1])) {
			end--;
		}
		if (isDoneMarker(event.data(), start, end)) {
			this.done = true;
			return Meaning.DONE;
		}
		boolean errorEvent = ERROR.equals(event.type());
		if (!errorEvent && (start == end || event.data()[start] == ':')) {
			// a comment that a proxy has wrapped into data
			return Meaning.NOTHING;
		}
		return errorEvent ? observeErrorEvent(event) : observeJson(event);
	}

	private boolean isLikeTheLast(Event event) {
		if (this.template == null || !this.template.matches(event) || ERROR.equals(event.type())) {
			return false;
		}
		this.templatesLeft = MOST_TEMPLATES;
		return true;
	}

	private void countChunk(Event event) {
		this.chunks++;
		this.chunkBytes += event.dataEnd() - event.dataStart();
	}

	private Meaning observeJson(Event event) {
		try (JsonParser parser = JSON.createParser(event.data(), event.dataStart(),
				event.dataEnd() - event.dataStart())) {
			return new Look(parser).at(event);
		}
		catch (JacksonException ex) {
			if (!InvalidUtf8.isIn(event)) {
				throw ex;
			}
			try (JsonParser parser = JSON.createParser(event.dataText())) {
				// its offsets are those of characters
				this.templatesLeft = 0;
				return new Look(parser).at(event);
			}
		}
	}

	private Meaning observeErrorEvent(Event event) {
		String text = event.dataText();
		JsonNode json = object(text);
		GatewayError read = (json != null) ? GatewayErrorReader.read(json) : null;
		this.errorObject = (read != null && json != null && json.path(ERROR).isObject());
		if (read == null) {
			read = new GatewayError(text.isBlank() ? "the gateway gave no message" : text.strip(), null, null, null, 0);
		}
		this.error = read;
		return Meaning.ERROR;
	}

	private static @Nullable JsonNode object(String text) {
		try {
			return JSON.readTree(text);
		}
		catch (JacksonException ex) {
			// plain text
			return null;
		}
	}

	/**
	 * Older gateways tell of an error in a field of that name, which the standard wants
	 * ignored.
	 */
	private Meaning observeFieldNamedError(Event event) {
		for (String line : event.blockText().split("\r\n|\r|\n")) {
			if (line.startsWith("error:")) {
				String text = line.substring("error:".length()).strip();
				GatewayError read = GatewayErrorReader.read(text);
				this.error = (read != null) ? read : new GatewayError(text, null, null, null, 0);
				return Meaning.ERROR;
			}
		}
		return Meaning.NOTHING;
	}

	private static boolean isBlank(byte b) {
		return b == ' ' || b == '\t' || b == '\n';
	}

	private static boolean isDoneMarker(byte[] data, int start, int end) {
		return Arrays.equals(data, start, end, DONE_MARKER, 0, DONE_MARKER.length);
	}

	/**
	 * Return whether the answer is whole by its finish reasons, whether or not anything
	 * may follow.
	 * @return whether every choice that was asked for has its finish reason
	 */
	public boolean isWhole() {
		return this.error == null && this.unfinishedChoices.isEmpty() && this.finishedChoices.size() >= this.choices;
	}

	/**
	 * Judge the stream, if it ended now and nobody cancelled it.
	 * @return how it has ended
	 */
	public Outcome outcome() {
		if (this.error != null) {
			return Outcome.FAILED;
		}
		return (isWhole() || isVouchedForByDoneMarker()) ? Outcome.COMPLETED : Outcome.INTERRUPTED;
	}

	/**
	 * A done marker is no proof, as gateways append it themselves when a provider dies.
	 */
	private boolean isVouchedForByDoneMarker() {
		return this.done && (!this.finishReasonRequired || this.unfinishedChoices.isEmpty());
	}

	/**
	 * Return the id of the answer.
	 * @return the first id that an event has told, {@code null} if none has
	 */
	public @Nullable String id() {
		return this.id;
	}

	/**
	 * Return why the choices ended.
	 * @return the different finish reasons, in the provider's words
	 */
	public List<String> finishReasons() {
		return List.copyOf(this.finishReasons);
	}

	/**
	 * Return how many chunks have come. Most providers send a chunk for each token, so
	 * that this is about what an answer has cost of which the usage was not told.
	 * @return the number of events that were a part of the answer
	 */
	public long chunks() {
		return this.chunks;
	}

	/**
	 * Return how large the chunks are that have come.
	 * @return the number of bytes of their data
	 */
	public long chunkBytes() {
		return this.chunkBytes;
	}

	/**
	 * Return whether the done marker was seen.
	 * @return whether it was seen
	 */
	public boolean isDone() {
		return this.done;
	}

	/**
	 * Return the error that the gateway told inside the stream.
	 * @return the error, or {@code null} if there was none
	 */
	public @Nullable GatewayError error() {
		return this.error;
	}

	/**
	 * Return whether the error came as an object under the name {@code error}, which is
	 * the shape that clients understand.
	 * @return whether it came in the usual shape
	 */
	public boolean isErrorObject() {
		return this.error != null && this.errorObject;
	}

	/**
	 * Return the last usage that was told: at the top level of an event, else in one of
	 * the places where some providers put it. Usages are never added up.
	 * @return the usage object, or {@code null} if none was told
	 */
	public @Nullable JsonNode usage() {
		return (this.usage != null) ? this.usage : this.sideUsage;
	}

	/**
	 * What an event means for its stream.
	 */
	public enum Meaning {

		/** A part of the answer, or something unknown that may be one. */
		CHUNK,

		/** The usage of the stream and nothing else: no choice is in it. */
		USAGE,

		/** The done marker. */
		DONE,

		/** An error. It may have a part of the answer in it. */
		ERROR,

		/** A sign of life. */
		NOTHING

	}

	/**
	 * One pass over the JSON of an event.
	 */
	private final class Look {

		private static final int MOST_STRINGS = 8;

		private final JsonParser parser;

		private boolean suspicious;

		private boolean errorObject;

		private int choices;

		private boolean hasUsage;

		private boolean finishReasonError;

		/** Whether it has told a finish reason, or a usage in an unusual place. */
		private boolean told;

		private final int[] quotes = new int[MOST_STRINGS];

		private int strings;

		Look(JsonParser parser) {
			this.parser = parser;
		}

		Meaning at(Event event) {
			if (this.parser.nextToken() != JsonToken.START_OBJECT) {
				throw new NotAnObjectException(this.parser);
			}
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				JsonToken value = this.parser.nextToken();
				switch (name) {
					case "id" -> id(value);
					case "choices" -> choices(value);
					case "usage" -> usage(value);
					case "x_groq" -> groq(value);
					case ERROR -> {
						this.errorObject = (value == JsonToken.START_OBJECT);
						suspect(value);
					}
					case "code" -> suspect(value);
					case "object", "type" -> {
						this.suspicious |= (value == JsonToken.VALUE_STRING && ERROR.equals(this.parser.getString()));
					}
					// much the same in all chunks
					case "model", "system_fingerprint", "service_tier", "provider" -> this.parser.skipChildren();
					default -> unheeded(value);
				}
			}
			if (this.parser.nextToken() != null) {
				throw new NotAnObjectException(this.parser);
			}
			if (isError(event)) {
				return Meaning.ERROR;
			}
			if (this.hasUsage && this.choices == 0) {
				return Meaning.USAGE;
			}
			countChunk(event);
			keepTemplate(event);
			return Meaning.CHUNK;
		}

		private boolean isError(Event event) {
			if (this.suspicious) {
				Verdict.this.error = GatewayErrorReader.read(event.dataText());
			}
			if (Verdict.this.error == null && this.finishReasonError) {
				Verdict.this.error = new GatewayError("The answer ended with the finish reason 'error'", null, null,
						null, 0);
			}
			Verdict.this.errorObject = this.errorObject;
			return Verdict.this.error != null;
		}

		/**
		 * The first one that is not empty counts.
		 */
		private void id(JsonToken value) {
			if (Verdict.this.id == null && value == JsonToken.VALUE_STRING && !this.parser.getString().isEmpty()) {
				Verdict.this.id = this.parser.getString();
			}
			this.parser.skipChildren();
		}

		private void suspect(JsonToken value) {
			this.suspicious |= (value != JsonToken.VALUE_NULL);
			this.parser.skipChildren();
		}

		/**
		 * Skip a value, and remember where the strings in it are.
		 */
		private void unheeded(JsonToken value) {
			if (Verdict.this.templatesLeft == 0) {
				this.parser.skipChildren();
				return;
			}
			int depth = 0;
			for (JsonToken token = value; token != null; token = this.parser.nextToken()) {
				if (token == JsonToken.VALUE_STRING) {
					remember(this.parser.currentTokenLocation().getByteOffset());
				}
				depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
				if (depth == 0) {
					return;
				}
			}
		}

		private void remember(long quote) {
			if (this.strings < this.quotes.length) {
				this.quotes[this.strings] = (int) quote;
			}
			this.strings++;
		}

		/**
		 * Only of a chunk that tells nothing: its like tell nothing either.
		 */
		private void keepTemplate(Event event) {
			if (Verdict.this.templatesLeft > 0) {
				Verdict.this.templatesLeft--;
				boolean plain = !this.suspicious && !this.hasUsage && !this.told && this.strings <= this.quotes.length;
				Verdict.this.template = plain ? ChunkTemplate.of(event, this.quotes, this.strings) : null;
			}
		}

		private void usage(JsonToken value) {
			JsonNode read = nonEmptyObject(value);
			if (read != null) {
				this.hasUsage = true;
				Verdict.this.usage = read;
			}
		}

		private void sideUsage(JsonToken value) {
			JsonNode read = nonEmptyObject(value);
			if (read != null) {
				this.told = true;
				Verdict.this.sideUsage = read;
			}
		}

		private @Nullable JsonNode nonEmptyObject(JsonToken value) {
			if (value != JsonToken.START_OBJECT) {
				this.parser.skipChildren();
				return null;
			}
			JsonNode read = this.parser.readValueAsTree();
			return read.isEmpty() ? null : read;
		}

		private void groq(JsonToken value) {
			if (value != JsonToken.START_OBJECT) {
				this.parser.skipChildren();
				return;
			}
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				JsonToken member = this.parser.nextToken();
				if (name.equals("usage")) {
					sideUsage(member);
				}
				else {
					this.parser.skipChildren();
				}
			}
		}

		private void choices(JsonToken value) {
			if (value != JsonToken.START_ARRAY) {
				this.parser.skipChildren();
				return;
			}
			for (JsonToken element = this.parser.nextToken(); element != JsonToken.END_ARRAY; element = this.parser
				.nextToken()) {
				if (element == JsonToken.START_OBJECT) {
					choice(this.choices);
				}
				else {
					this.parser.skipChildren();
				}
				this.choices++;
			}
		}

		private void choice(int position) {
			int index = position;
			boolean finished = false;
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				JsonToken value = this.parser.nextToken();
				switch (name) {
					case "index" -> index = index(value, position);
					case "finish_reason" -> finished = finishReason(value);
					case "usage" -> sideUsage(value);
					case ERROR -> suspect(value);
					case "delta" -> unheeded(value);
					default -> this.parser.skipChildren();
				}
			}
			if (finished) {
				Verdict.this.finishedChoices.add(index);
				Verdict.this.unfinishedChoices.remove(index);
			}
			else if (!Verdict.this.finishedChoices.contains(index)) {
				Verdict.this.unfinishedChoices.add(index);
			}
		}

		private int index(JsonToken value, int position) {
			try {
				return value.isNumeric() ? (int) this.parser.getDoubleValue() : position;
			}
			catch (JacksonException ex) {
				// beyond what a number can be
				return position;
			}
		}

		private boolean finishReason(JsonToken value) {
			if (value != JsonToken.VALUE_STRING) {
				this.parser.skipChildren();
				return false;
			}
			String reason = this.parser.getString();
			this.finishReasonError |= ERROR.equals(reason);
			if (reason.isEmpty()) {
				return false;
			}
			this.told = true;
			if (Verdict.this.finishReasons.size() < MOST_REASONS && !Verdict.this.finishReasons.contains(reason)) {
				Verdict.this.finishReasons.add(reason);
			}
			return true;
		}

	}

	private static final class NotAnObjectException extends JacksonException {

		NotAnObjectException(JsonParser parser) {
			super(parser, "not a JSON object");
		}

	}

}
