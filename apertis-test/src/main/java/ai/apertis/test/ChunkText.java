package ai.apertis.test;

import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the JSON of chunks and errors as the gateway does.
 */
record ChunkText(String id, String model) {

	private static final JsonMapper JSON = JsonMapper.shared();

	ChunkText withModel(String model) {
		return new ChunkText(this.id, model);
	}

	String role() {
		return choice("{\"role\":\"assistant\",\"content\":\"\"}", "null");
	}

	String content(String content) {
		return choice("{\"content\":" + quote(content) + "}", "null");
	}

	String reasoning(String reasoning) {
		return choice("{\"reasoning_content\":" + quote(reasoning) + "}", "null");
	}

	String toolCallStart(int index, String id, String name) {
		return choice(
				"{\"tool_calls\":[{\"index\":" + index + ",\"id\":" + quote(id)
						+ ",\"type\":\"function\",\"function\":{\"name\":" + quote(name) + ",\"arguments\":\"\"}}]}",
				"null");
	}

	String toolCallArguments(int index, String arguments) {
		return choice(
				"{\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + quote(arguments) + "}}]}",
				"null");
	}

	String finish(String finishReason) {
		return choice("{}", quote(finishReason));
	}

	String usage(long inputTokens, long outputTokens) {
		return chunk("[]", ",\"usage\":{\"prompt_tokens\":" + inputTokens + ",\"completion_tokens\":" + outputTokens
				+ ",\"total_tokens\":" + (inputTokens + outputTokens) + "}");
	}

	String completion(String content, long inputTokens, long outputTokens) {
		return completion("{\"role\":\"assistant\",\"content\":" + quote(content) + "}", "stop", inputTokens,
				outputTokens);
	}

	String toolCall(String id, String name, String arguments, long inputTokens, long outputTokens) {
		return completion("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":" + quote(id)
				+ ",\"type\":\"function\",\"function\":{\"name\":" + quote(name) + ",\"arguments\":" + quote(arguments)
				+ "}}]}", "tool_calls", inputTokens, outputTokens);
	}

	private String completion(String message, String finishReason, long inputTokens, long outputTokens) {
		return "{\"id\":" + quote(this.id) + ",\"object\":\"chat.completion\",\"created\":1767225600,\"model\":"
				+ quote(this.model) + ",\"choices\":[{\"index\":0,\"message\":" + message + ",\"finish_reason\":"
				+ quote(finishReason) + "}],\"usage\":{\"prompt_tokens\":" + inputTokens + ",\"completion_tokens\":"
				+ outputTokens + ",\"total_tokens\":" + (inputTokens + outputTokens) + "}}";
	}

	static String error(String type, String code, String message) {
		return "{\"error\":{\"message\":" + quote(message) + ",\"type\":" + quote(type) + ",\"code\":" + quote(code)
				+ "}}";
	}

	private String choice(String delta, String finishReason) {
		return chunk("[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finishReason + "}]", "");
	}

	private String chunk(String choices, String more) {
		return "{\"id\":" + quote(this.id) + ",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":"
				+ quote(this.model) + ",\"choices\":" + choices + more + "}";
	}

	private static String quote(String text) {
		return JSON.writeValueAsString(text);
	}

}
