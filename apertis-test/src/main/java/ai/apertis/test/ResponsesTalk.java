package ai.apertis.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;

/**
 * Talks in OpenAI's Responses.
 */
final class ResponsesTalk extends TypedTalk {

	private static final String ITEM_ID = "item_simulated";

	private static final String IN_PROGRESS = "in_progress";

	private static final String COMPLETED = "completed";

	private static final String STATUS = "status";

	private static final String TYPE = "type";

	private static final String RESPONSE = "response";

	private static final String INDEX = "output_index";

	@Override
	JsonNode turns(JsonNode request) {
		return request.path("input");
	}

	@Override
	boolean isResult(JsonNode turn) {
		return turn.path(TYPE).asString("").endsWith("_output");
	}

	@Override
	Reply refusal(int status, String type, String code, String message) {
		return Reply.error(status, type, code, message);
	}

	@Override
	Reply whole(String model, SimulatedCompletion answer) {
		return Reply.json(200, JSON.writeValueAsString(response(model, COMPLETED, answer)));
	}

	@Override
	String start(String model, SimulatedCompletion answer) {
		return event("response.created", Map.of(RESPONSE, response(model, IN_PROGRESS, answer)))
				+ event("response.in_progress", Map.of(RESPONSE, response(model, IN_PROGRESS, answer)));
	}

	@Override
	String thought(String thought) {
		return event("response.reasoning_summary_text.delta",
				Map.of(INDEX, 0, "summary_index", 0, "item_id", "reasoning_simulated", "delta", thought));
	}

	@Override
	String begin(SimulatedCompletion answer) {
		String added = event("response.output_item.added",
				Map.of(INDEX, index(answer), "item", item(answer, IN_PROGRESS, "")));
		return isCall(answer) ? added : added + event("response.content_part.added",
				Map.of(INDEX, index(answer), "content_index", 0, "item_id", ITEM_ID, "part", part("")));
	}

	private static int index(SimulatedCompletion answer) {
		return answer.thoughts().isEmpty() ? 0 : 1;
	}

	@Override
	String token(String token, SimulatedCompletion answer) {
		return isCall(answer)
				? event("response.function_call_arguments.delta",
						Map.of(INDEX, index(answer), "item_id", ITEM_ID, "delta", token))
				: event("response.output_text.delta",
						Map.of(INDEX, index(answer), "content_index", 0, "item_id", ITEM_ID, "delta", token));
	}

	@Override
	String failure() {
		Map<String, Object> error = Map.of(TYPE, "server_error", "code", "upstream_error", "message",
				"The provider behind the gateway has failed");
		return event("error", Map.of("error", error)) + event("response.failed",
				Map.of(RESPONSE, Map.of("id", "resp_simulated", STATUS, "failed", "error", error)));
	}

	@Override
	String end(String model, SimulatedCompletion answer) {
		String text = text(answer);
		String said = isCall(answer)
				? event("response.function_call_arguments.done",
						Map.of(INDEX, index(answer), "item_id", ITEM_ID, "arguments", text))
				: event("response.output_text.done",
						Map.of(INDEX, index(answer), "content_index", 0, "item_id", ITEM_ID, "text", text))
						+ event("response.content_part.done", Map.of(INDEX, index(answer), "content_index", 0,
								"item_id", ITEM_ID, "part", part(text)));
		return said
				+ event("response.output_item.done",
						Map.of(INDEX, index(answer), "item", item(answer, COMPLETED, text)))
				+ event("response.completed", Map.of(RESPONSE, response(model, COMPLETED, answer)));
	}

	private static Map<String, Object> response(String model, String status, SimulatedCompletion answer) {
		Map<String, Object> response = new LinkedHashMap<>();
		response.put("id", "resp_simulated");
		response.put("object", RESPONSE);
		response.put("created_at", 1_767_225_600);
		response.put(STATUS, status);
		response.put("model", model);
		boolean ended = status.equals(COMPLETED);
		response.put("output", ended ? List.of(item(answer, COMPLETED, text(answer))) : List.of());
		if (ended) {
			response.put("usage",
					Map.of("input_tokens", answer.inputTokens(), "input_tokens_details", Map.of("cached_tokens", 0),
							"output_tokens", answer.outputTokens(), "output_tokens_details",
							Map.of("reasoning_tokens", answer.thoughts().size()), "total_tokens",
							answer.inputTokens() + answer.outputTokens()));
		}
		return response;
	}

	private static Map<String, Object> item(SimulatedCompletion answer, String status, String text) {
		Map<String, Object> item = new LinkedHashMap<>();
		item.put("id", ITEM_ID);
		item.put(TYPE, isCall(answer) ? "function_call" : "message");
		item.put(STATUS, status);
		if (isCall(answer)) {
			item.put("call_id", SimulatedCompletion.CALL_ID);
			item.put("name", answer.tool());
			item.put("arguments", text);
		}
		else {
			item.put("role", "assistant");
			item.put("content", text.isEmpty() ? List.of() : List.of(part(text)));
		}
		return item;
	}

	private static Map<String, Object> part(String text) {
		return Map.of(TYPE, "output_text", "text", text, "annotations", List.of());
	}

}
