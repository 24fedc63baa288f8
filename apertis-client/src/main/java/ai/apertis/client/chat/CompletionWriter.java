package ai.apertis.client.chat;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes a completion that was collected from chunks as the JSON of a non-streamed
 * response.
 */
public final class CompletionWriter {

	private CompletionWriter() {
	}

	/**
	 * Write a completion.
	 * @param completion the completion
	 * @param usage the usage object as it came, {@code null} if none did
	 * @return its JSON
	 */
	public static byte[] write(ChatCompletion completion, @Nullable JsonNode usage) {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		put(members, "id", completion.id());
		members.put("object", "chat.completion");
		members.put("created", completion.created());
		put(members, "model", completion.model());
		members.put("choices", completion.choices().stream().map(CompletionWriter::choice).toList());
		put(members, "usage", usage);
		completion.extra().forEach(members::putIfAbsent);
		return WireJson.mapper().writeValueAsBytes(members);
	}

	private static Map<String, @Nullable Object> choice(ChatCompletion.Choice choice) {
		Map<String, @Nullable Object> message = new LinkedHashMap<>();
		message.put("role", "assistant");
		message.put("content", (choice.content().isEmpty() && !choice.toolCalls().isEmpty()) ? null : choice.content());
		putText(message, "reasoning_content", choice.reasoning());
		putText(message, "refusal", choice.refusal());
		putList(message, "tool_calls", choice.toolCalls().stream().map(ToolCall::toJson).toList());
		putList(message, "annotations", choice.annotations().stream().map(CompletionWriter::annotation).toList());
		Audio audio = choice.audio();
		if (audio != null) {
			message.put("audio", audio(audio));
		}
		choice.extra().forEach(message::putIfAbsent);
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("index", choice.index());
		members.put("message", message);
		FinishReason reason = choice.finishReason();
		members.put("finish_reason", (reason != null) ? reason.value() : null);
		put(members, "logprobs", choice.logprobs());
		return members;
	}

	private static Map<String, @Nullable Object> annotation(Annotation annotation) {
		Map<String, @Nullable Object> inner = new LinkedHashMap<>();
		put(inner, "url", annotation.url());
		put(inner, "title", annotation.title());
		put(inner, "content", annotation.content());
		inner.put("start_index", annotation.startIndex());
		inner.put("end_index", annotation.endIndex());
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("type", annotation.type());
		members.put(annotation.type(), inner);
		return members;
	}

	private static Map<String, @Nullable Object> audio(Audio audio) {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		put(members, "id", audio.id());
		members.put("data", Base64.getEncoder().encodeToString(audio.data()));
		members.put("transcript", audio.transcript());
		members.put("expires_at", audio.expiresAt());
		return members;
	}

	private static void put(Map<String, @Nullable Object> members, String name, @Nullable Object value) {
		if (value != null) {
			members.put(name, value);
		}
	}

	private static void putText(Map<String, @Nullable Object> members, String name, String text) {
		if (!text.isEmpty()) {
			members.put(name, text);
		}
	}

	private static void putList(Map<String, @Nullable Object> members, String name, List<?> list) {
		if (!list.isEmpty()) {
			members.put(name, list);
		}
	}

}
