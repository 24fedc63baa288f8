package ai.apertis.test;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Replies to any prompt with plausible prose, at a human pace, on chat completions,
 * Responses and Messages, and with plausible numbers to requests for embeddings and
 * rankings. To a prompt that comes with tools it replies by calling one of them, with
 * arguments that fit, and to what that has given with prose; to a prompt that wants JSON
 * with a value that fits its schema. What else is to happen is asked for by the model's
 * name or by a word in square brackets in the prompt:
 * <ul>
 * <li>{@code simulated-reasoning}, {@code [reason]}: reasons before it answers;
 * <li>{@code simulated-tools}, {@code [tool]}: calls a tool, also one that the request
 * does not have;
 * <li>{@code simulated-markdown}, {@code [markdown]}: answers with lists, code and a
 * table;
 * <li>{@code simulated-rate-limit}, {@code [rate limit]}: refuses with status 429;
 * <li>{@code simulated-overload}, {@code [overload]}: fails with status 503;
 * <li>{@code simulated-error}, {@code [error]}: reports an error in mid-stream;
 * <li>{@code simulated-cut}, {@code [cut]}: breaks the connection in mid-stream;
 * <li>{@code simulated-stall}, {@code [stall]}: falls silent in mid-stream.
 * </ul>
 */
public final class TalkativeReplies implements Function<RecordedRequest, Reply> {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final List<String> MODELS = List.of("gpt-4o-mini", "claude-sonnet-4-20250514", "gemini-2.5-flash",
			"deepseek-chat", "grok-3-fast");

	private final Duration pace;

	/**
	 * Create replies.
	 * @param pace the time between two tokens
	 */
	public TalkativeReplies(Duration pace) {
		this.pace = pace;
	}

	@Override
	public Reply apply(RecordedRequest request) {
		if (request.header("Authorization").filter((value) -> value.startsWith("Bearer ")).isEmpty()) {
			return Reply.error(401, "authentication_error", "missing_api_key", "API key is missing");
		}
		if (request.method().equals("GET") && request.path().equals("/v1/models")) {
			return Reply.json(200, models());
		}
		try {
			return request.method().equals("POST") ? answer(request.path(), JSON.readTree(request.body())) : unknown();
		}
		catch (JacksonException ex) {
			return Reply.error(400, "invalid_request_error", "invalid_request", "Invalid request format");
		}
	}

	private static Reply unknown() {
		return Reply.error(404, "invalid_request_error", "endpoint_not_found", "Endpoint not found");
	}

	private Reply answer(String path, JsonNode request) {
		return switch (path) {
			case "/v1/chat/completions" -> answer(request);
			case "/v1/responses" -> answer(request, new ResponsesTalk());
			case "/v1/messages" -> answer(request, new MessagesTalk());
			case "/v1/embeddings" -> Reply.json(200, Vectors.embeddings(request));
			case "/v1/rerank" -> Reply.json(200, Vectors.ranking(request));
			default -> unknown();
		};
	}

	private Reply answer(JsonNode request, TypedTalk talk) {
		JsonNode chat = talk.toChat(request);
		String model = chat.path("model").asString("");
		String prompt = prompt(chat.path("messages"));
		if (model.isEmpty() || chat.path("messages").isEmpty()) {
			return talk.refusal(400, "invalid_request_error", "missing_parameter",
					"Missing required parameter '" + (model.isEmpty() ? "model" : "input") + "'");
		}
		SimulatedCompletion answer = SimulatedCompletion.to(chat, prompt, Behaviour.of(model, prompt));
		return switch (answer.behaviour()) {
			case RATE_LIMIT -> talk.refusal(429, "rate_limit_error", "rate_limit_exceeded", "Rate limit exceeded")
				.header("Retry-After", "300");
			case OVERLOAD -> talk.refusal(503, "server_error", "model_overloaded", "Model is currently overloaded");
			default -> chat.path("stream").asBoolean(false) ? talk.stream(model, answer, this.pace)
					: talk.whole(model, answer);
		};
	}

	private Reply answer(JsonNode request) {
		String model = request.path("model").asString("");
		String prompt = prompt(request.path("messages"));
		if (model.isEmpty() || !request.path("messages").isArray()) {
			return Reply.error(400, "invalid_request_error", "missing_parameter",
					"Missing required parameter '" + (model.isEmpty() ? "model" : "messages") + "'");
		}
		SimulatedCompletion answer = SimulatedCompletion.to(request, prompt, Behaviour.of(model, prompt));
		return switch (answer.behaviour()) {
			case RATE_LIMIT -> Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Rate limit exceeded")
				// longer than a client waits by itself
				.header("Retry-After", "300")
				.header("X-RateLimit-Limit", "1500")
				.header("X-RateLimit-Remaining", "0");
			case OVERLOAD -> Reply.error(503, "server_error", "model_overloaded", "Model is currently overloaded");
			default -> request.path("stream").asBoolean(false) ? stream(request, model, answer)
					: Reply.json(200, answer.whole(new ChunkText("chatcmpl-simulated", model)));
		};
	}

	private Reply stream(JsonNode request, String model, SimulatedCompletion answer) {
		Reply begun = Reply.stream()
			.model(model)
			.header("X-Request-Id", "req-simulated")
			.pause(this.pace.multipliedBy(5))
			.role();
		List<String> tokens = answer.tokens();
		List<String> half = tokens.subList(0, tokens.size() / 2);
		return switch (answer.behaviour()) {
			case ERROR -> begun.paced(this.pace, half)
				.errorEvent("server_error", "upstream_error", "The provider behind the gateway has failed");
			case CUT -> begun.paced(this.pace, half).cut();
			case STALL -> begun.paced(this.pace, half).stall();
			case TOOL -> finish(request,
					begun.toolCall(0, SimulatedCompletion.CALL_ID, answer.tool(), tokens.toArray(String[]::new)),
					"tool_calls", answer);
			case REASON -> {
				Reply reasoned = begun;
				for (String thought : answer.thoughts()) {
					reasoned = reasoned.reasoning(thought).pause(this.pace);
				}
				yield finish(request, reasoned.paced(this.pace, tokens), "stop", answer);
			}
			default -> finish(request, begun.paced(this.pace, tokens), "stop", answer);
		};
	}

	private static Reply finish(JsonNode request, Reply reply, String finishReason, SimulatedCompletion answer) {
		Reply finished = reply.finish(finishReason);
		boolean includeUsage = request.path("stream_options").path("include_usage").asBoolean(false);
		return (includeUsage ? finished.usage(answer.inputTokens(), answer.outputTokens()) : finished).done();
	}

	private static String prompt(JsonNode messages) {
		String last = "";
		for (JsonNode message : messages) {
			JsonNode content = message.path("content");
			if (content.isString()) {
				last = content.asString();
			}
			for (JsonNode part : content) {
				last = part.path("text").asString(last);
			}
		}
		return last;
	}

	private static String models() {
		return Stream.concat(MODELS.stream(), Arrays.stream(Behaviour.values()).map(Behaviour::model).filter((name) -> {
			return !name.isEmpty();
		}))
			.map((id) -> "{\"id\":\"" + id
					+ "\",\"object\":\"model\",\"created\":1767225600,\"owned_by\":\"simulated\"}")
			.collect(Collectors.joining(",", "{\"object\":\"list\",\"data\":[", "]}"));
	}

	/**
	 * What is to happen besides an answer.
	 */
	enum Behaviour {

		PLAIN("", ""), REASON("simulated-reasoning", "[reason]"), TOOL("simulated-tools", "[tool]"),
		MARKDOWN("simulated-markdown", "[markdown]"), RATE_LIMIT("simulated-rate-limit", "[rate limit]"),
		OVERLOAD("simulated-overload", "[overload]"), ERROR("simulated-error", "[error]"),
		CUT("simulated-cut", "[cut]"), STALL("simulated-stall", "[stall]");

		private final String model;

		private final String word;

		Behaviour(String model, String word) {
			this.model = model;
			this.word = word;
		}

		String model() {
			return this.model;
		}

		static Behaviour of(String model, String prompt) {
			String words = prompt.toLowerCase(Locale.ROOT);
			return Arrays.stream(values())
				.filter((behaviour) -> behaviour != PLAIN)
				.filter((behaviour) -> behaviour.model.equals(model) || words.contains(behaviour.word))
				.findFirst()
				.orElse(PLAIN);
		}

	}

}
