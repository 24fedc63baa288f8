package ai.apertis.client.tools;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

import ai.apertis.client.ChatCall;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionAccumulator;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ChatMessage;
import ai.apertis.client.chat.FinishReason;
import ai.apertis.client.chat.Tool;
import ai.apertis.client.chat.ToolCall;
import ai.apertis.client.tools.ToolLoopEvent.Answer;
import ai.apertis.client.tools.ToolLoopEvent.Chunk;
import ai.apertis.client.tools.ToolLoopEvent.Result;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Runs the functions that a model asks for, one after the other, and goes on with the
 * conversation until it asks for none. Each turn is a call of its own, and is streamed.
 * Immutable, and safe for use by several threads.
 *
 * <pre class="code">
 * ToolLoop loop = new ToolLoop(apertis::chat, 5, ToolFunction.of("weather", "Tells the weather", City.class, this::weather));
 * Flux&lt;String&gt; tokens = loop.content(ChatCompletionRequest.of("gpt-4o-mini", "Do I need an umbrella in Bern?"));
 * </pre>
 */
public final class ToolLoop {

	/**
	 * The finish reasons of a turn that ended by itself. The last call of any other may
	 * be half a call.
	 */
	private static final Set<String> WHOLE = Set.of("stop", "tool_calls", "tool_call", "function_call", "tool_use",
			"end_turn", "stop_sequence", "eos", "eos_token");

	private final Function<ChatCompletionRequest, ChatCall> calls;

	private final int maxTurns;

	private final Map<String, ToolFunction> functions;

	private final BiFunction<ToolCall, Throwable, @Nullable String> failures;

	/**
	 * Create a loop.
	 * @param calls prepares the call of a turn: {@code apertis::chat}, as a rule
	 * @param maxTurns the maximum number of turns; if the model asks for tools even in
	 * the last, the loop fails
	 * @param functions the functions that the model may ask for
	 * @throws IllegalArgumentException if there is no turn, or two functions have the
	 * same name
	 */
	public ToolLoop(Function<ChatCompletionRequest, ChatCall> calls, int maxTurns, ToolFunction... functions) {
		this(calls, maxTurns, byName(functions), (call, failure) -> null);
	}

	/**
	 * In their order, so that equal requests are equal to the gateway's cache.
	 */
	private static Map<String, ToolFunction> byName(ToolFunction... functions) {
		Map<String, ToolFunction> byName = new LinkedHashMap<>();
		for (ToolFunction function : functions) {
			if (byName.put(function.tool().name(), function) != null) {
				throw new IllegalArgumentException("There are two functions of the name " + function.tool().name());
			}
		}
		return byName;
	}

	private ToolLoop(Function<ChatCompletionRequest, ChatCall> calls, int maxTurns, Map<String, ToolFunction> functions,
			BiFunction<ToolCall, Throwable, @Nullable String> failures) {
		if (maxTurns < 1) {
			throw new IllegalArgumentException("maxTurns must be at least 1, not " + maxTurns);
		}
		this.calls = calls;
		this.maxTurns = maxTurns;
		this.functions = functions;
		this.failures = failures;
	}

	/**
	 * Report failures to the model, so that it can try something else. Unless this is
	 * called, the loop fails with them.
	 * @param failures gives the text that the model gets for a call that has failed: by
	 * the function's own exception, by arguments that are no JSON of its parameters, or
	 * by an {@link UnknownToolException} for want of a function of that name;
	 * {@code null} to fail with it
	 * @return a loop that does so
	 */
	public ToolLoop onFailure(BiFunction<ToolCall, Throwable, @Nullable String> failures) {
		return new ToolLoop(this.calls, this.maxTurns, this.functions, failures);
	}

	/**
	 * Run the loop, and emit all that happens. For blocking code,
	 * {@link Flux#toStream()}, to be closed after use, gives the same.
	 * @param request the first turn's request. A {@code tool_choice} of it is for the
	 * first turn only, as it would call tools for ever. Of several choices the first
	 * counts
	 * @return what happens, as it happens; fails like a {@link ChatCall}, or with a
	 * {@link ToolException}
	 */
	public Flux<ToolLoopEvent> events(ChatCompletionRequest request) {
		Tool[] tools = this.functions.values().stream().map(ToolFunction::tool).toArray(Tool[]::new);
		// later turns are subscribed to by other threads
		return turn((tools.length > 0) ? request.mutate().tools(tools).build() : request, 1).contextCapture();
	}

	/**
	 * Run the loop, and stream the text of all turns.
	 * @param request the first turn's request
	 * @return the pieces of the text as they come; fails like {@link #events}
	 */
	public Flux<String> content(ChatCompletionRequest request) {
		return events(request).ofType(Chunk.class)
			.map((event) -> event.chunk().content())
			.filter((content) -> !content.isEmpty());
	}

	/**
	 * Run the loop, and collect the last turn's answer.
	 * @param request the first turn's request
	 * @return the answer that asks for no tool; fails like {@link #events}
	 */
	public Mono<ChatCompletion> completion(ChatCompletionRequest request) {
		return events(request).ofType(Answer.class).last().map(Answer::completion);
	}

	private Flux<ToolLoopEvent> turn(ChatCompletionRequest request, int turn) {
		return Flux.defer(() -> {
			ChatCompletionAccumulator received = new ChatCompletionAccumulator();
			Flux<ToolLoopEvent> chunks = this.calls.apply(request).chunks().map((chunk) -> {
				received.add(chunk);
				return new Chunk(turn, chunk);
			});
			return chunks.concatWith(Flux.defer(() -> afterCompletion(request, turn, received.completion())));
		});
	}

	private Flux<ToolLoopEvent> afterCompletion(ChatCompletionRequest request, int turn, ChatCompletion completion) {
		ChatCompletionRequest next = request.mutate()
			.message(completion.toMessage())
			// not what the first turn asks for, nor what the client does by default
			.parameter("tool_choice", "auto")
			.build();
		Flux<ToolLoopEvent> completed = Flux.just(new Answer(turn, completion, next.messages()));
		List<ToolCall> calls = completion.toolCalls().stream().filter((call) -> call.name() != null).toList();
		if (calls.isEmpty()) {
			return completed;
		}
		String reason = completion.finishReason().map(FinishReason::value).orElse("stop");
		if (!WHOLE.contains(reason.toLowerCase(Locale.ROOT))) {
			return completed.concatWith(failure("The turn ended with '" + reason
					+ "' while it called tools, so that a call may be cut off, and none is made;"
					+ " at a token limit, raise the request's maxTokens", completion));
		}
		if (turn == this.maxTurns) {
			return completed.concatWith(
					failure("The model still asks for tools in turn " + turn + ", which is the last: raise maxTurns",
							completion));
		}
		return completed.concatWith(results(next, turn, completion, calls));
	}

	private Flux<ToolLoopEvent> results(ChatCompletionRequest request, int turn, ChatCompletion completion,
			List<ToolCall> calls) {
		List<ChatMessage> messages = new ArrayList<>();
		return Flux.fromIterable(calls).concatMap((call) -> result(call, completion).map((text) -> {
			messages.add(ChatMessage.tool(call, text));
			return (ToolLoopEvent) new Result(turn, call, text);
		}), 1).concatWith(Flux.defer(() -> {
			ChatCompletionRequest.Builder next = request.mutate();
			messages.forEach(next::message);
			return turn(next.build(), turn + 1);
		}));
	}

	private Mono<String> result(ToolCall call, ChatCompletion completion) {
		String name = Objects.requireNonNull(call.name());
		ToolFunction function = this.functions.get(name);
		Mono<String> result = (function != null) ? Mono.defer(() -> function.function().apply(call)).defaultIfEmpty("")
				: Mono.error(() -> new UnknownToolException(name, this.functions.keySet()));
		return result.onErrorResume((failure) -> {
			String text = this.failures.apply(call, failure);
			return (text != null) ? Mono.just(text)
					: Mono.error(withCompletion(
							new ToolException(reason(call, failure)
									+ "; to tell the model of it, call onFailure(...) on the loop", failure),
							completion));
		});
	}

	private static String reason(ToolCall call, Throwable failure) {
		return (failure instanceof UnknownToolException) ? String.valueOf(failure.getMessage())
				: "The call of " + call.name() + " failed: " + failure.getClass().getSimpleName();
	}

	private static Flux<ToolLoopEvent> failure(String message, ChatCompletion completion) {
		return Flux.error(() -> withCompletion(new ToolException(message, null), completion));
	}

	private static ToolException withCompletion(ToolException failure, ChatCompletion completion) {
		failure.keepPartialCompletion(completion);
		return failure;
	}

}
