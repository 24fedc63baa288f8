package ai.apertis.passthrough;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import tools.jackson.databind.JsonNode;

/**
 * What the gateway says to requests for Responses, Messages and embeddings, by the model.
 */
final class TypedReplies {

	private static final String CREATED = event("response.created",
			"\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"model\":\"m\",\"status\":\"in_progress\",\"output\":[]}");

	private static final String MESSAGE_ITEM = "{\"id\":\"i\",\"type\":\"message\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[%s]}";

	private static final String PART = "{\"type\":\"output_text\",\"text\":\"%s\",\"annotations\":[]}";

	private static final String TEXT = CREATED
			+ event("response.output_item.added",
					"\"sequence_number\":1,\"output_index\":0,\"item\":" + MESSAGE_ITEM.formatted(""))
			+ event("response.content_part.added",
					"\"sequence_number\":2,\"output_index\":0,\"content_index\":0,\"item_id\":\"i\",\"part\":"
							+ PART.formatted(""))
			+ event("response.output_text.delta",
					"\"sequence_number\":3,\"output_index\":0,\"content_index\":0,\"item_id\":\"i\",\"delta\":\"Hel\"")
			+ event("response.output_text.delta",
					"\"sequence_number\":4,\"output_index\":0,\"content_index\":0,\"item_id\":\"i\",\"delta\":\"lo\"");

	private static final String CALL = "{\"id\":\"i\",\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"weather\",\"arguments\":\"%s\",\"status\":\"completed\"}";

	private static final String START = event("message_start",
			"\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],"
					+ "\"stop_reason\":null,\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}");

	private static final String HELLO = START + block(0, "\"type\":\"text\",\"text\":\"\"")
			+ delta(0, "\"type\":\"text_delta\",\"text\":\"Hel\"")
			+ delta(0, "\"type\":\"text_delta\",\"text\":\"lo\"");

	private TypedReplies() {
	}

	static Reply to(RecordedRequest request) {
		JsonNode json = TestApplication.json(request.body());
		boolean messages = request.path().endsWith("/messages");
		return switch (json.path("model").asString("")) {
			case "routes-text" -> Reply.stream()
				.raw(messages ? HELLO + stop("end_turn")
						: TEXT + completed(MESSAGE_ITEM.formatted(PART.formatted("Hello"))));
			case "routes-tool" -> Reply.stream().raw(messages ? messageCall() : responseCall());
			case "routes-cut" -> Reply.stream().raw(messages ? HELLO : TEXT).cut();
			case "routes-overloaded" -> Reply.stream()
				.raw(messages
						? HELLO + event("error", "\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}")
						: TEXT + event("error",
								"\"sequence_number\":5,\"error\":{\"type\":\"server_error\",\"code\":\"server_is_overloaded\",\"message\":\"Overloaded\"}"));
			case "routes-busy" -> Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow down");
			case "routes-embedding" -> Reply.json(200, "{\"object\":\"list\",\"model\":\"m\",\"data\":[" + embedding(0)
					+ "," + embedding(1) + "],\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}");
			default -> Reply.stream()
				.raw(START + block(0, "\"type\":\"text\",\"text\":\"\""))
				.repeatRaw(delta(0, "\"type\":\"text_delta\",\"text\":\"on\""), 1_000_000);
		};
	}

	private static String embedding(int index) {
		byte[] floats = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).putFloat(2).array();
		return "{\"object\":\"embedding\",\"index\":" + index + ",\"embedding\":\""
				+ Base64.getEncoder().encodeToString(floats) + "\"}";
	}

	private static String responseCall() {
		String arguments = "{\\\"city\\\":\\\"Paris\\\"}";
		return CREATED
				+ event("response.output_item.added",
						"\"sequence_number\":1,\"output_index\":0,\"item\":" + CALL.formatted(""))
				+ event("response.function_call_arguments.delta",
						"\"sequence_number\":2,\"output_index\":0,\"item_id\":\"i\",\"delta\":\"" + arguments + "\"")
				+ completed(CALL.formatted(arguments));
	}

	private static String messageCall() {
		return START + block(0, "\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"")
				+ delta(0, "\"type\":\"thinking_delta\",\"thinking\":\"Hm\"")
				+ event("content_block_stop", "\"index\":0")
				+ block(1, "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"weather\",\"input\":{}")
				+ delta(1, "\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"city\\\":\"")
				+ delta(1, "\"type\":\"input_json_delta\",\"partial_json\":\"\\\"Paris\\\"}\"")
				+ event("content_block_stop", "\"index\":1") + end("tool_use");
	}

	private static String completed(String item) {
		return event("response.completed",
				"\"sequence_number\":9,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"model\":\"m\",\"status\":\"completed\",\"output\":["
						+ item + "],\"usage\":{\"input_tokens\":7,\"output_tokens\":5,\"total_tokens\":12}}");
	}

	private static String stop(String reason) {
		return event("content_block_stop", "\"index\":0") + end(reason);
	}

	private static String end(String reason) {
		return event("message_delta",
				"\"delta\":{\"stop_reason\":\"" + reason + "\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}")
				+ event("message_stop", "\"x\":0");
	}

	private static String block(int index, String members) {
		return event("content_block_start", "\"index\":" + index + ",\"content_block\":{" + members + "}");
	}

	private static String delta(int index, String members) {
		return event("content_block_delta", "\"index\":" + index + ",\"delta\":{" + members + "}");
	}

	private static String event(String type, String members) {
		return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
	}

}
