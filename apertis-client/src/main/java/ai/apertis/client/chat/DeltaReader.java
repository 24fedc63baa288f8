package ai.apertis.client.chat;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * Reads one delta. Content may be a text, null, absent, or a list of parts; reasoning has
 * several names, and some providers send it under two at once.
 */
final class DeltaReader {

	private final ChunkReader chunk;

	private final JsonParser parser;

	private @Nullable String role;

	private String content = "";

	private String thinking = "";

	private @Nullable String reasoningContent;

	private @Nullable String reasoning;

	private @Nullable String thinkingMember;

	private String refusal = "";

	private List<ToolCallDelta> toolCalls = List.of();

	private List<Annotation> annotations = List.of();

	private @Nullable Audio audio;

	private Map<String, JsonNode> extra = Map.of();

	private int contentStart;

	private int reasoningStart;

	private int reasoningMembers;

	private int argumentsStart;

	DeltaReader(ChunkReader chunk) {
		this.chunk = chunk;
		this.parser = chunk.parser();
	}

	Delta read() {
		for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
			JsonToken value = this.parser.nextToken();
			switch (name) {
				case "role" -> this.role = this.chunk.text(value);
				case "content" -> content(value);
				case "reasoning_content" -> this.reasoningContent = reasoning(value);
				case "reasoning" -> this.reasoning = reasoning(value);
				case "thinking" -> this.thinkingMember = reasoning(value);
				case "refusal" -> this.refusal = textOrEmpty(value);
				case "tool_calls" -> toolCalls(value);
				case "function_call" -> functionCall(value);
				case "annotations" -> this.annotations = annotations(value);
				case "audio" -> this.audio = audio(value);
				default -> this.extra = this.chunk.keep(this.extra, name, value);
			}
		}
		return new Delta(this.role, this.content, reasoning(), this.refusal, this.toolCalls, this.annotations,
				this.audio, this.extra);
	}

	/**
	 * Where the text is that the next delta may differ in, {@code null} if there is none:
	 * never a string that something else depends on too.
	 */
	@Nullable TextPlace place() {
		boolean contentIsReasoning = !this.thinking.isEmpty();
		if (contentIsReasoning) {
			return null;
		}
		boolean isReasoningText = this.reasoningContent != null || this.reasoning != null
				|| this.thinkingMember != null;
		boolean onlyReasoning = isReasoningText && this.reasoningMembers == 1
				&& !this.extra.containsKey("reasoning_details");
		if (this.contentStart > 0 && !this.content.isEmpty()) {
			return new TextPlace(TextPlace.Part.CONTENT, this.contentStart);
		}
		if (this.reasoningStart > 0 && onlyReasoning) {
			return new TextPlace(TextPlace.Part.REASONING, this.reasoningStart);
		}
		if (this.argumentsStart > 0 && this.toolCalls.size() == 1) {
			return new TextPlace(TextPlace.Part.ARGUMENTS, this.argumentsStart);
		}
		return (this.contentStart > 0) ? new TextPlace(TextPlace.Part.CONTENT, this.contentStart) : null;
	}

	/**
	 * The first of the names that has a text; the details, usually a copy, only if none
	 * of the names is there.
	 */
	private String reasoning() {
		String text;
		if (this.reasoningContent != null && !this.reasoningContent.isEmpty()) {
			text = this.reasoningContent;
		}
		else if (this.reasoning != null && !this.reasoning.isEmpty()) {
			text = this.reasoning;
		}
		else if (this.thinkingMember != null && !this.thinkingMember.isEmpty()) {
			text = this.thinkingMember;
		}
		else {
			text = (this.reasoningContent != null || this.reasoning != null) ? "" : reasoningDetails();
		}
		return this.thinking.isEmpty() ? text : this.thinking + text;
	}

	private String reasoningDetails() {
		JsonNode details = this.extra.get("reasoning_details");
		if (details == null || !details.isArray()) {
			return "";
		}
		StringBuilder text = new StringBuilder();
		for (JsonNode detail : details) {
			String part = detail.path("text").asString("");
			text.append(part.isEmpty() ? detail.path("summary").asString("") : part);
		}
		return text.toString();
	}

	private @Nullable String reasoning(JsonToken value) {
		if (value == JsonToken.VALUE_STRING) {
			this.reasoningMembers++;
			this.reasoningStart = this.chunk.textStart();
		}
		return string(value);
	}

	private @Nullable String string(JsonToken value) {
		if (value == JsonToken.VALUE_STRING) {
			return this.parser.getString();
		}
		this.parser.skipChildren();
		return null;
	}

	private String textOrEmpty(JsonToken value) {
		String text = string(value);
		return (text != null) ? text : "";
	}

	private void content(JsonToken value) {
		this.contentStart = (value == JsonToken.VALUE_STRING) ? this.chunk.textStart() : 0;
		if (value == JsonToken.START_ARRAY) {
			ContentParts parts = new ContentParts(this.parser.readValueAsTree());
			this.content = parts.text();
			this.thinking = parts.thinking();
		}
		else {
			this.content = textOrEmpty(value);
		}
	}

	private void toolCalls(JsonToken value) {
		ToolCallReader reader = new ToolCallReader(this.chunk);
		this.toolCalls = reader.toolCalls(value);
		this.argumentsStart = reader.argumentsStart();
	}

	/**
	 * The older name for the one tool call that a turn could have.
	 */
	private void functionCall(JsonToken value) {
		if (value == JsonToken.START_OBJECT) {
			ToolCallReader reader = new ToolCallReader(this.chunk);
			this.toolCalls = List.of(reader.functionCall());
			this.argumentsStart = reader.argumentsStart();
		}
		else {
			this.parser.skipChildren();
		}
	}

	private List<Annotation> annotations(JsonToken value) {
		if (value != JsonToken.START_ARRAY) {
			this.parser.skipChildren();
			return List.of();
		}
		JsonNode annotations = this.parser.readValueAsTree();
		return annotations.valueStream().map(Annotation::of).toList();
	}

	private @Nullable Audio audio(JsonToken value) {
		if (value != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return null;
		}
		return Audio.of(this.parser.readValueAsTree());
	}

}
