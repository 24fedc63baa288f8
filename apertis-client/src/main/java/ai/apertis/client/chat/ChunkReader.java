package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.client.wire.FinishReasons;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads one chunk in a single pass over its bytes. Unknown members are kept, and members
 * of an unexpected type never fail the stream.
 */
final class ChunkReader {

	private static final JsonMapper JSON = WireJson.mapper();

	private final JsonParser parser;

	private @Nullable TextPlace place;

	ChunkReader(JsonParser parser) {
		this.parser = parser;
	}

	static ChatCompletionChunk read(byte[] json) {
		try (JsonParser parser = JSON.createParser(json)) {
			return new ChunkReader(parser).chunk();
		}
	}

	static ChatCompletionChunk read(String json) {
		try (JsonParser parser = JSON.createParser(json)) {
			return new ChunkReader(parser).chunk();
		}
	}

	ChatCompletionChunk chunk() {
		String id = null;
		long created = 0;
		String model = null;
		List<ChunkChoice> choices = List.of();
		Usage usage = null;
		Map<String, JsonNode> extra = Map.of();
		this.parser.nextToken();
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken value = this.parser.nextToken();
			switch (name) {
				case "id" -> id = text(value);
				case "created" -> created = number(value, 0);
				case "model" -> model = text(value);
				case "choices" -> choices = choices(value);
				case "usage" -> usage = usage(value);
				case "object" -> this.parser.skipChildren();
				default -> extra = keep(extra, name, value);
			}
		}
		return new ChatCompletionChunk(id, created, model, choices, usage, extra);
	}

	/**
	 * Where the text of the last choice is, {@code null} if it has none, or several.
	 */
	@Nullable TextPlace place() {
		return this.place;
	}

	private List<ChunkChoice> choices(JsonToken value) {
		this.place = null;
		if (value != JsonToken.START_ARRAY) {
			this.parser.skipChildren();
			return List.of();
		}
		ChunkChoice first = null;
		List<ChunkChoice> all = null;
		int position = 0;
		for (JsonToken element = this.parser.nextToken(); element != JsonToken.END_ARRAY; element = this.parser
			.nextToken()) {
			if (element == JsonToken.START_OBJECT) {
				ChunkChoice choice = choice(position);
				if (first == null) {
					first = choice;
				}
				else {
					if (all == null) {
						all = new ArrayList<>();
						all.add(first);
					}
					all.add(choice);
				}
			}
			else {
				this.parser.skipChildren();
			}
			position++;
		}
		return (all != null) ? List.copyOf(all) : (first != null) ? List.of(first) : List.of();
	}

	private ChunkChoice choice(int position) {
		int index = position;
		Delta delta = null;
		Delta message = null;
		FinishReason finishReason = null;
		Logprobs logprobs = null;
		Map<String, JsonNode> extra = Map.of();
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken value = this.parser.nextToken();
			switch (name) {
				case "index" -> index = (int) number(value, position);
				case "delta" -> delta = delta(value, true);
				// the whole text so far at some providers, to be read only without a
				// delta
				case "message" -> message = delta(value, false);
				case "finish_reason" -> finishReason = finishReason(value);
				case "logprobs" -> logprobs = logprobs(value);
				default -> extra = keep(extra, name, value);
			}
		}
		Delta read = (delta != null) ? delta : (message != null) ? message : Delta.NOTHING;
		return new ChunkChoice(index, read, finishReason, logprobs, extra);
	}

	private @Nullable Logprobs logprobs(JsonToken value) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return null;
		}
		return Logprobs.of(this.parser.readValueAsTree());
	}

	private @Nullable FinishReason finishReason(JsonToken value) {
		String word = text(value);
		if (word == null || FinishReasons.isAbsent(word)) {
			return null;
		}
		return switch (word) {
			case "stop" -> FinishReason.STOP;
			case "length" -> FinishReason.LENGTH;
			case "tool_calls" -> FinishReason.TOOL_CALLS;
			default -> new FinishReason(word);
		};
	}

	private @Nullable Delta delta(JsonToken value, boolean counts) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			this.place = counts ? null : this.place;
			return null;
		}
		DeltaReader reader = new DeltaReader(this);
		Delta delta = reader.read();
		this.place = counts ? reader.place() : this.place;
		return delta;
	}

	private @Nullable Usage usage(JsonToken value) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return null;
		}
		JsonNode usage = this.parser.readValueAsTree();
		return usage.isEmpty() ? null : Usage.of(usage);
	}

	JsonParser parser() {
		return this.parser;
	}

	/**
	 * Where the text of the current string begins, negative if that is not known.
	 */
	int textStart() {
		return (int) this.parser.currentTokenLocation().getByteOffset() + 1;
	}

	/**
	 * Read a text, if it is one and is not empty.
	 */
	@Nullable String text(JsonToken value) {
		if (value == JsonToken.VALUE_STRING) {
			String text = this.parser.getString();
			return text.isEmpty() ? null : text;
		}
		this.parser.skipChildren();
		return null;
	}

	/**
	 * Read a number of any kind, if it is one that can be.
	 */
	long number(JsonToken value, long otherwise) {
		if (!value.isNumeric()) {
			this.parser.skipChildren();
			return otherwise;
		}
		try {
			return (long) this.parser.getDoubleValue();
		}
		catch (JacksonException ex) {
			// beyond what a number can be
			return otherwise;
		}
	}

	/**
	 * Keep a member that has no place of its own, unless it is null.
	 */
	Map<String, JsonNode> keep(Map<String, JsonNode> extra, String name, JsonToken value) {
		if (value == JsonToken.VALUE_NULL) {
			return extra;
		}
		Map<String, JsonNode> members = extra.isEmpty() ? new LinkedHashMap<>() : extra;
		members.put(name, this.parser.readValueAsTree());
		return members;
	}

}
