package ai.apertis.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;

/**
 * Talks in Anthropic's Messages.
 */
final class MessagesTalk extends TypedTalk {

	private static final String TYPE = "type";

	private static final String INDEX = "index";

	private static final String MESSAGE = "message";

	private static final String USAGE = "usage";

	private static final String OUTPUT_TOKENS = "output_tokens";

	@Override
	JsonNode turns(JsonNode request) {
		return request.path("messages");
	}

	@Override
	boolean isResult(JsonNode turn) {
		boolean result = false;
		for (JsonNode block : turn.path("content")) {
			result |= block.path(TYPE).asString("").equals("tool_result");
		}
		return result;
	}

	@Override
	Reply refusal(int status, String type, String code, String message) {
		String named = (status == 503) ? "overloaded_error" : type;
		return Reply.json((status == 503) ? 529 : status,
				JSON.writeValueAsString(Map.of(TYPE, "error", "error", Map.of(TYPE, named, MESSAGE, message))));
	}

	@Override
	Reply whole(String model, SimulatedCompletion answer) {
		Map<String, Object> message = message(model, answer);
		message.put("content", List.of(block(answer, text(answer))));
		message.put("stop_reason", stopReason(answer));
		message.put(USAGE, Map.of("input_tokens", answer.inputTokens(), OUTPUT_TOKENS, answer.outputTokens()));
		return Reply.json(200, JSON.writeValueAsString(message));
	}

	private static Map<String, Object> message(String model, SimulatedCompletion answer) {
		Map<String, Object> message = new LinkedHashMap<>();
		message.put("id", "msg_simulated");
		message.put(TYPE, MESSAGE);
		message.put("role", "assistant");
		message.put("model", model);
		message.put("content", List.of());
		message.put("stop_reason", null);
		message.put("stop_sequence", null);
		message.put(USAGE, Map.of("input_tokens", answer.inputTokens(), OUTPUT_TOKENS, 1));
		return message;
	}

	private static String stopReason(SimulatedCompletion answer) {
		return isCall(answer) ? "tool_use" : "end_turn";
	}

	@Override
	String start(String model, SimulatedCompletion answer) {
		String start = event("message_start", Map.of(MESSAGE, message(model, answer)));
		return answer.thoughts().isEmpty() ? start : start + event("content_block_start",
				Map.of(INDEX, 0, "content_block", Map.of(TYPE, "thinking", "thinking", "", "signature", "")));
	}

	@Override
	String thought(String thought) {
		return event("content_block_delta",
				Map.of(INDEX, 0, "delta", Map.of(TYPE, "thinking_delta", "thinking", thought)));
	}

	@Override
	String begin(SimulatedCompletion answer) {
		String begin = event("content_block_start", Map.of(INDEX, index(answer), "content_block", block(answer, "")));
		return answer.thoughts().isEmpty() ? begin : event("content_block_stop", Map.of(INDEX, 0)) + begin;
	}

	private static int index(SimulatedCompletion answer) {
		return answer.thoughts().isEmpty() ? 0 : 1;
	}

	private static Map<String, Object> block(SimulatedCompletion answer, String text) {
		return isCall(answer) ? Map.of(TYPE, "tool_use", "id", SimulatedCompletion.CALL_ID, "name", answer.tool(),
				"input", text.isEmpty() ? Map.of() : JSON.readTree(text)) : Map.of(TYPE, "text", "text", text);
	}

	@Override
	String token(String token, SimulatedCompletion answer) {
		Map<String, Object> delta = isCall(answer) ? Map.of(TYPE, "input_json_delta", "partial_json", token)
				: Map.of(TYPE, "text_delta", "text", token);
		return event("content_block_delta", Map.of(INDEX, index(answer), "delta", delta));
	}

	@Override
	String failure() {
		return event("error",
				Map.of("error", Map.of(TYPE, "api_error", MESSAGE, "The provider behind the gateway has failed")));
	}

	@Override
	String end(String model, SimulatedCompletion answer) {
		return event("content_block_stop", Map.of(INDEX, index(answer))) + event("message_delta", Map.of("delta",
				Map.of("stop_reason", stopReason(answer)), USAGE, Map.of(OUTPUT_TOKENS, answer.outputTokens())))
				+ event("message_stop", Map.of());
	}

}
