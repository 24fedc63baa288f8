package ai.apertis.passthrough.ui;

import java.util.ArrayList;
import java.util.List;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One step of an earlier answer: what the model said in one call, and what the tools that
 * it called have given. Parts of unknown types are left out.
 */
final class AssistantStep {

	private static final String NO_RESULT = "There is no result: the call was not carried out.";

	private static final String DENIED = "The user did not allow this call.";

	private final boolean returnReasoning;

	private final StringBuilder text = new StringBuilder();

	private final StringBuilder reasoning = new StringBuilder();

	private final ArrayNode calls = JsonNodeFactory.instance.arrayNode();

	private final List<ObjectNode> results = new ArrayList<>();

	AssistantStep(boolean returnReasoning) {
		this.returnReasoning = returnReasoning;
	}

	/**
	 * Add a part of the answer.
	 */
	void add(JsonNode part) {
		String type = part.path("type").asString("");
		if (type.equals("text")) {
			this.text.append(part.path("text").asString(""));
		}
		else if (type.equals("reasoning")) {
			this.reasoning.append(part.path("text").asString(""));
		}
		else if (type.equals("dynamic-tool")) {
			addCall(part.path("toolName").asString(""), part);
		}
		else if (type.startsWith("tool-")) {
			addCall(type.substring("tool-".length()), part);
		}
	}

	/**
	 * A call that was cut off is no call, and one that the provider has made itself is
	 * its own business.
	 */
	private void addCall(String name, JsonNode part) {
		String id = part.path("toolCallId").asString("");
		boolean isCutOff = part.path("state").asString("").equals("input-streaming");
		if (!isCutOff && !id.isEmpty() && !name.isEmpty() && !part.path("providerExecuted").asBoolean(false)) {
			ObjectNode call = this.calls.addObject().put("id", id).put("type", "function");
			call.putObject("function").put("name", name).put("arguments", arguments(part));
			this.results.add(UiMessages.message("tool").put("tool_call_id", id).put("content", result(part)));
		}
	}

	private static String arguments(JsonNode part) {
		JsonNode input = part.path("input");
		JsonNode given = input.isMissingNode() ? part.path("rawInput") : input;
		return (given.isMissingNode() || given.isNull()) ? "{}" : UiMessages.text(given);
	}

	/**
	 * A model is not called again while one of its calls is without a result.
	 */
	private static String result(JsonNode part) {
		return switch (part.path("state").asString("")) {
			case "output-available" -> UiMessages.text(part.path("output"));
			case "output-error" -> part.path("errorText").asString(NO_RESULT);
			case "output-denied" -> DENIED;
			case "approval-responded" -> part.path("approval").path("approved").asBoolean(true) ? NO_RESULT : DENIED;
			default -> NO_RESULT;
		};
	}

	/**
	 * Return the messages of the step.
	 */
	List<ObjectNode> messages() {
		if (this.text.isEmpty() && this.calls.isEmpty()) {
			return List.of();
		}
		ObjectNode message = UiMessages.message("assistant");
		message.put("content", (!this.text.isEmpty()) ? this.text.toString() : null);
		if (this.returnReasoning && !this.reasoning.isEmpty()) {
			message.put("reasoning_content", this.reasoning.toString());
		}
		if (!this.calls.isEmpty()) {
			message.set("tool_calls", this.calls);
		}
		List<ObjectNode> messages = new ArrayList<>();
		messages.add(message);
		messages.addAll(this.results);
		return messages;
	}

}
