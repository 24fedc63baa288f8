package ai.apertis.client.protocol;

import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.protocol.Choices.Choice;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.client.wire.UsageObjects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * One pass over the JSON of a chunk. It looks only for what the protocol needs to know,
 * and adds to the choices what the chunk says of them.
 */
final class ChunkScan {

	private final JsonParser parser;

	private final Strings written;

	private final DeltaScan deltas;

	private final Choices choices;

	private @Nullable String id;

	private final List<String> finishReasons = new ArrayList<>(0);

	private @Nullable JsonNode usage;

	private @Nullable JsonNode sideUsage;

	private boolean suspicious;

	private boolean errorObject;

	private int choiceCount;

	private boolean hasContent;

	private @Nullable Choice lastChoice;

	/**
	 * Create a pass over an event.
	 * @param parser the parser of the event's data
	 * @param written keeps texts of the event until they are counted
	 * @param places where strings are, {@code null} if they are not needed
	 * @param choices the choices of the stream
	 * @param id the id of the stream so far
	 */
	ChunkScan(JsonParser parser, Strings written, @Nullable StringPlaces places, Choices choices, @Nullable String id) {
		this.parser = parser;
		this.written = written;
		this.deltas = new DeltaScan(parser, written, places);
		this.choices = choices;
		this.id = id;
	}

	/**
	 * Read the event. What was found before a failure is known all the same.
	 * @throws JacksonException if the data is no JSON object
	 */
	void read() {
		if (this.parser.nextToken() != JsonToken.START_OBJECT) {
			throw new NotAnObjectException(this.parser);
		}
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken value = this.parser.nextToken();
			switch (name) {
				case "id" -> id(value);
				case "choices" -> choices(value);
				case "usage" -> this.usage = usage(value, this.usage);
				case "x_groq" -> groq(value);
				case ErrorEvents.ERROR -> {
					this.errorObject = (value == JsonToken.START_OBJECT);
					suspect(value);
				}
				case "code" -> suspect(value);
				case "object", "type" -> {
					this.suspicious |= (value == JsonToken.VALUE_STRING
							&& ErrorEvents.ERROR.equals(this.parser.getString()));
				}
				// much the same in all chunks
				case "model", "system_fingerprint", "service_tier", "provider" -> this.parser.skipChildren();
				default -> this.deltas.skip(value);
			}
		}
		if (this.parser.nextToken() != null) {
			throw new NotAnObjectException(this.parser);
		}
	}

	/**
	 * The first one that is not empty counts.
	 */
	private void id(JsonToken value) {
		if (this.id == null && value == JsonToken.VALUE_STRING && !this.parser.getString().isEmpty()) {
			this.id = this.parser.getString();
		}
		this.parser.skipChildren();
	}

	private void suspect(JsonToken value) {
		this.suspicious |= (value != JsonToken.VALUE_NULL);
		this.parser.skipChildren();
	}

	private @Nullable JsonNode usage(JsonToken value, @Nullable JsonNode earlier) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return earlier;
		}
		JsonNode read = this.parser.readValueAsTree();
		return read.isEmpty() ? earlier : UsageObjects.merged(earlier, read);
	}

	private void groq(JsonToken value) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return;
		}
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken member = this.parser.nextToken();
			if (name.equals("usage")) {
				this.sideUsage = usage(member, this.sideUsage);
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
				choice(this.choiceCount);
			}
			else {
				this.parser.skipChildren();
			}
			this.choiceCount++;
		}
	}

	private void choice(int position) {
		int index = position;
		boolean finished = false;
		boolean hasDelta = false;
		boolean inDelta = false;
		boolean inMessage = false;
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken value = this.parser.nextToken();
			switch (name) {
				case "index" -> index = index(value, position);
				case "finish_reason" -> finished = finishReason(value);
				case "usage" -> this.sideUsage = usage(value, this.sideUsage);
				case ErrorEvents.ERROR -> suspect(value);
				case "delta" -> {
					hasDelta = (value == JsonToken.START_OBJECT);
					if (hasDelta) {
						this.deltas.forget();
					}
					inDelta = this.deltas.read(value, true);
				}
				// the whole text so far at some providers, if there is a delta too
				case "message" -> inMessage = this.deltas.read(value, !hasDelta);
				default -> this.parser.skipChildren();
			}
		}
		boolean content = hasDelta ? inDelta : inMessage;
		this.lastChoice = this.choices.add(index, content, finished);
		this.written.tally(this.lastChoice.tally());
		this.hasContent |= content;
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
		if (FinishReasons.isAbsent(reason)) {
			return false;
		}
		this.finishReasons.add(reason);
		return true;
	}

	/**
	 * Return the first id that the stream has told.
	 */
	@Nullable String id() {
		return this.id;
	}

	/**
	 * Return the finish reasons of the chunk.
	 */
	List<String> finishReasons() {
		return this.finishReasons;
	}

	/**
	 * Return the usage at the chunk's top level.
	 */
	@Nullable JsonNode usage() {
		return this.usage;
	}

	/**
	 * Return the usage in one of the places where some providers put it.
	 */
	@Nullable JsonNode sideUsage() {
		return this.sideUsage;
	}

	/**
	 * Return whether the chunk may tell an error.
	 */
	boolean isSuspicious() {
		return this.suspicious;
	}

	/**
	 * Return whether it has an object named {@code error}.
	 */
	boolean hasErrorObject() {
		return this.errorObject;
	}

	/**
	 * Return whether there is any choice in it.
	 */
	boolean hasChoices() {
		return this.choiceCount > 0;
	}

	/**
	 * Return whether there is anything of the answer in it.
	 */
	boolean hasContent() {
		return this.hasContent;
	}

	/**
	 * Return the one choice that the chunk is a part of.
	 */
	@Nullable Choice lastChoice() {
		return this.lastChoice;
	}

	/**
	 * Return whether the chunk has content of one choice and tells nothing else: chunks
	 * like it tell nothing else either.
	 */
	boolean isPlain() {
		return this.hasContent && this.choiceCount == 1 && !this.suspicious && this.usage == null
				&& this.sideUsage == null && this.finishReasons.isEmpty();
	}

	private static final class NotAnObjectException extends JacksonException {

		NotAnObjectException(JsonParser parser) {
			super(parser, "not a JSON object");
		}

	}

}
