package ai.apertis.test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says in the typed events of another protocol what the gateway would say in chunks.
 */
abstract class TypedTalk {

	static final JsonMapper JSON = JsonMapper.shared();

	private static final String USER = "user";

	/**
	 * Translate a request to one for chat completions, as far as the reply depends on it.
	 */
	final ObjectNode toChat(JsonNode request) {
		ObjectNode chat = JSON.createObjectNode();
		chat.set("model", request.path("model"));
		chat.set("stream", request.path("stream"));
		ArrayNode messages = chat.putArray("messages");
		JsonNode turns = turns(request);
		if (turns.isString()) {
			messages.addObject().put("role", USER).set("content", turns);
		}
		for (JsonNode turn : turns.isArray() ? turns : JSON.createArrayNode()) {
			ObjectNode message = messages.addObject()
				.put("role", isResult(turn) ? "tool" : turn.path("role").asString(USER));
			message.set("content", turn.path("content"));
		}
		for (JsonNode tool : request.path("tools")) {
			chat.withArray("tools").addObject().set("function", function(tool));
		}
		return chat;
	}

	private static ObjectNode function(JsonNode tool) {
		ObjectNode function = JSON.createObjectNode().put("name", tool.path("name").asString(""));
		function.set("parameters", tool.has("input_schema") ? tool.path("input_schema") : tool.path("parameters"));
		return function;
	}

	abstract JsonNode turns(JsonNode request);

	/**
	 * Return whether a turn is what a tool has given.
	 */
	abstract boolean isResult(JsonNode turn);

	abstract Reply refusal(int status, String type, String code, String message);

	/**
	 * Return the whole answer.
	 */
	abstract Reply whole(String model, SimulatedCompletion answer);

	/**
	 * Stream the answer, at a pace.
	 */
	final Reply stream(String model, SimulatedCompletion answer, Duration pace) {
		Reply begun = Reply.stream()
			.header("X-Request-Id", "req-simulated")
			.pause(pace.multipliedBy(5))
			.raw(start(model, answer));
		List<String> tokens = answer.tokens();
		List<String> half = tokens.subList(0, tokens.size() / 2);
		Reply said = begun;
		for (String thought : answer.thoughts()) {
			said = said.raw(thought(thought)).pause(pace);
		}
		said = said.raw(begin(answer));
		return switch (answer.behaviour()) {
			case ERROR -> spoken(said, half, answer, pace).raw(failure());
			case CUT -> spoken(said, half, answer, pace).cut();
			case STALL -> spoken(said, half, answer, pace).stall();
			default -> spoken(said, tokens, answer, pace).raw(end(model, answer));
		};
	}

	private Reply spoken(Reply begun, List<String> tokens, SimulatedCompletion answer, Duration pace) {
		Reply said = begun;
		for (String token : tokens) {
			said = said.raw(token(token, answer)).pause(pace);
		}
		return said;
	}

	abstract String start(String model, SimulatedCompletion answer);

	abstract String thought(String thought);

	abstract String begin(SimulatedCompletion answer);

	abstract String token(String token, SimulatedCompletion answer);

	abstract String failure();

	abstract String end(String model, SimulatedCompletion answer);

	static boolean isCall(SimulatedCompletion answer) {
		return answer.behaviour() == TalkativeReplies.Behaviour.TOOL;
	}

	static String text(SimulatedCompletion answer) {
		return String.join("", answer.tokens());
	}

	static String event(String type, Map<String, Object> members) {
		ObjectNode event = JSON.createObjectNode().put("type", type);
		event.setAll((ObjectNode) JSON.valueToTree(members));
		return "event: " + type + "\ndata: " + event + "\n\n";
	}

}
