package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * Reads the pieces of tool calls in a delta.
 */
final class ToolCallReader {

	private final ChunkReader chunk;

	private final JsonParser parser;

	private @Nullable String functionName;

	private String arguments = "";

	private int argumentsStart;

	ToolCallReader(ChunkReader chunk) {
		this.chunk = chunk;
		this.parser = chunk.parser();
	}

	List<ToolCallDelta> toolCalls(JsonToken value) {
		if (value != JsonToken.START_ARRAY) {
			this.parser.skipChildren();
			return List.of();
		}
		List<ToolCallDelta> calls = new ArrayList<>();
		for (JsonToken element = this.parser.nextToken(); element != JsonToken.END_ARRAY; element = this.parser
			.nextToken()) {
			if (element == JsonToken.START_OBJECT) {
				calls.add(toolCall());
			}
			else {
				this.parser.skipChildren();
			}
		}
		return List.copyOf(calls);
	}

	private ToolCallDelta toolCall() {
		Integer index = null;
		String id = null;
		String type = null;
		this.functionName = null;
		this.arguments = "";
		this.argumentsStart = 0;
		Map<String, JsonNode> extra = Map.of();
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken value = this.parser.nextToken();
			switch (name) {
				case "index" -> index = index(value);
				case "id" -> id = this.chunk.text(value);
				case "type" -> type = this.chunk.text(value);
				case "function" -> function(value);
				default -> extra = this.chunk.keep(extra, name, value);
			}
		}
		return new ToolCallDelta(index, id, type, this.functionName, this.arguments, extra);
	}

	/**
	 * Where the arguments of the last call begin, 0 if they are no text.
	 */
	int argumentsStart() {
		return this.argumentsStart;
	}

	private @Nullable Integer index(JsonToken value) {
		if (value.isNumeric()) {
			return (int) this.chunk.number(value, 0);
		}
		this.parser.skipChildren();
		return null;
	}

	/**
	 * Read the older {@code function_call}, whose members are those of a tool call's
	 * function.
	 */
	ToolCallDelta functionCall() {
		function(JsonToken.START_OBJECT);
		return new ToolCallDelta(0, null, null, this.functionName, this.arguments, Map.of());
	}

	private void function(JsonToken value) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return;
		}
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken member = this.parser.nextToken();
			switch (name) {
				case "name" -> this.functionName = this.chunk.text(member);
				case "arguments" -> this.arguments = arguments(member);
				default -> this.parser.skipChildren();
			}
		}
	}

	/**
	 * A text that holds JSON; an object at some local servers.
	 */
	private String arguments(JsonToken value) {
		this.argumentsStart = (value == JsonToken.VALUE_STRING) ? this.chunk.textStart() : 0;
		if (value == JsonToken.VALUE_STRING) {
			return this.parser.getString();
		}
		if (value == JsonToken.START_OBJECT || value == JsonToken.START_ARRAY) {
			JsonNode tree = this.parser.readValueAsTree();
			return tree.toString();
		}
		return "";
	}

}
