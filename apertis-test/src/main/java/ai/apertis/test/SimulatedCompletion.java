package ai.apertis.test;

import java.util.Arrays;
import java.util.List;

import ai.apertis.test.TalkativeReplies.Behaviour;
import tools.jackson.databind.JsonNode;

/**
 * Completion of a simulated model.
 *
 * @param behaviour what is to happen
 * @param tool the tool that is called, empty if none is
 * @param thoughts what it thinks before, in tokens
 * @param tokens its text, or the arguments of its call, in tokens
 * @param inputTokens how many tokens the prompt has
 */
record SimulatedCompletion(Behaviour behaviour, String tool, List<String> thoughts, List<String> tokens,
		long inputTokens) {

	static final String CALL_ID = "call_simulated";

	private static final int OF_A_CALL = 5;

	private static final long OF_A_REQUEST = 7;

	private static final List<String> THOUGHTS = tokens(
			"The question is simple. I should answer it in a few sentences.");

	static SimulatedCompletion to(JsonNode request, String prompt, Behaviour asked) {
		boolean callsTool = asked == Behaviour.TOOL || (asked == Behaviour.PLAIN && wantsTool(request));
		boolean called = callsTool && !hasResult(request);
		Behaviour behaviour = called ? Behaviour.TOOL : (asked == Behaviour.TOOL) ? Behaviour.PLAIN : asked;
		long inputTokens = inputTokens(request.path("messages"));
		if (called) {
			JsonNode function = function(request);
			String arguments = function.isMissingNode() ? "{\"city\": \"Paris\"}"
					: new FittingValue(function.path("parameters")).value().toString();
			return new SimulatedCompletion(behaviour, function.path("name").asString("get_weather"), List.of(),
					tokens(arguments), inputTokens);
		}
		List<String> thoughts = (behaviour == Behaviour.REASON) ? THOUGHTS : List.of();
		return new SimulatedCompletion(behaviour, "", thoughts, tokens(text(request, prompt, behaviour)), inputTokens);
	}

	private static long inputTokens(JsonNode messages) {
		long tokens = OF_A_REQUEST;
		for (JsonNode message : messages) {
			JsonNode content = message.path("content");
			tokens += content.isString() ? tokens(content.asString()).size() : 0;
			for (JsonNode part : content) {
				tokens += tokens(part.path("text").asString("")).size();
			}
		}
		return tokens;
	}

	private static boolean wantsTool(JsonNode request) {
		return !request.path("tools").isEmpty() && !"none".equals(request.path("tool_choice").asString(""));
	}

	/**
	 * Return whether a tool has been called since the user spoke last.
	 */
	private static boolean hasResult(JsonNode request) {
		boolean result = false;
		for (JsonNode message : request.path("messages")) {
			String role = message.path("role").asString("");
			result = "tool".equals(role) || (result && !"user".equals(role));
		}
		return result;
	}

	/**
	 * The function that the request insists on, or else its first.
	 */
	private static JsonNode function(JsonNode request) {
		String chosen = request.at("/tool_choice/function/name").asString("");
		for (JsonNode tool : request.path("tools")) {
			if (chosen.equals(tool.at("/function/name").asString(""))) {
				return tool.path("function");
			}
		}
		return request.path("tools").path(0).path("function");
	}

	private static String text(JsonNode request, String prompt, Behaviour behaviour) {
		JsonNode format = request.path("response_format");
		return switch (format.path("type").asString("")) {
			case "json_schema" -> new FittingValue(format.at("/json_schema/schema")).value().toString();
			case "json_object" -> "{\"answer\": \"This comes from the simulated gateway\"}";
			default -> (behaviour == Behaviour.MARKDOWN) ? Prose.IN_MARKDOWN : Prose.about(prompt);
		};
	}

	/**
	 * Cut a text into words with the spaces before them, or JSON without spaces behind
	 * its commas and colons: about what tokens are.
	 */
	private static List<String> tokens(String text) {
		return Arrays.asList(text.split(text.startsWith("{") ? "(?<=[,:])|(?=\\s)" : "(?=\\s)"));
	}

	String whole(ChunkText chunks) {
		String text = String.join("", this.tokens);
		return (this.behaviour == Behaviour.TOOL)
				? chunks.toolCall(CALL_ID, this.tool, text, this.inputTokens, outputTokens())
				: chunks.completion(text, this.inputTokens, outputTokens());
	}

	long outputTokens() {
		return this.thoughts.size() + this.tokens.size() + ((this.behaviour == Behaviour.TOOL) ? OF_A_CALL : 0);
	}

}
