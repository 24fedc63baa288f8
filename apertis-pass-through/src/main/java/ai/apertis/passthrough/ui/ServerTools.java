package ai.apertis.passthrough.ui;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import ai.apertis.client.chat.ToolCall;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.tools.ToolFunction;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.delivery.DroppedErrors;
import ai.apertis.passthrough.route.RequestBody;
import ai.apertis.passthrough.route.RequestReader;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The application's functions that a model may call while it answers a page. Safe for use
 * by several threads.
 */
final class ServerTools {

	private static final Log logger = LogFactory.getLog(ServerTools.class);

	private static final String TOOLS = "tools";

	private static final Result UNKNOWN = new Result("There is no tool of this name", true);

	private static final Result FAILED = new Result("The tool has failed", true);

	/** Many functions fail when they are interrupted, as their page has gone. */
	private static final Consumer<Throwable> GONE = (failure) -> logger
		.debug("A tool whose result nobody waits for has failed", failure);

	private final Map<String, ToolFunction> functions = new LinkedHashMap<>();

	/**
	 * Create the tools.
	 * @param functions the functions
	 * @throws IllegalArgumentException if two of them have the same name
	 */
	ServerTools(Collection<ToolFunction> functions) {
		for (ToolFunction function : functions) {
			if (this.functions.put(function.tool().name(), function) != null) {
				throw new IllegalArgumentException("There are two tool functions of the name " + function.tool().name()
						+ ": rename one of these beans' tools");
			}
		}
	}

	/**
	 * Declare the functions to the model, besides the tools of the page. A page cannot
	 * declare one of the same name.
	 */
	RequestBody declareIn(RequestBody request) {
		if (this.functions.isEmpty()) {
			return request;
		}
		ArrayNode declared = JsonNodeFactory.instance.arrayNode();
		for (JsonNode tool : ofPage(request)) {
			if (!this.functions.containsKey(name(tool))) {
				declared.add(tool);
			}
		}
		this.functions.values().forEach((function) -> declared.add(JsonMapper.shared().valueToTree(function.tool())));
		return request.with(TOOLS, declared);
	}

	private static Iterable<JsonNode> ofPage(RequestBody request) {
		try (JsonParser parser = request.parser(TOOLS)) {
			JsonNode tools = (parser != null) ? parser.readValueAsTree() : JsonNodeFactory.instance.nullNode();
			if (!tools.isArray() && !tools.isNull()) {
				throw RequestReader.invalid(TOOLS, "The parameter 'tools' must be an array");
			}
			return tools;
		}
		catch (JacksonException | NumberFormatException | ArithmeticException ex) {
			throw UiMessages.unreadable(TOOLS);
		}
	}

	/**
	 * Return the names of all tools that a request declares. A policy may have removed
	 * some.
	 */
	static Set<String> declaredIn(ApiRequest request) {
		Set<String> names = new HashSet<>();
		JsonNode tools = request.member(TOOLS);
		if (tools != null) {
			tools.forEach((tool) -> names.add(name(tool)));
		}
		return names;
	}

	private static String name(JsonNode tool) {
		return tool.path("function").path("name").asString("");
	}

	/**
	 * Return whether a call is not for the page: it is for one of the functions, or for
	 * none at all.
	 * @param declared the names of all tools that the model may call
	 */
	boolean isForServer(ToolCall call, Set<String> declared) {
		return this.functions.containsKey(call.name()) || !declared.contains(String.valueOf(call.name()));
	}

	/**
	 * Return whether there are no functions.
	 */
	boolean isEmpty() {
		return this.functions.isEmpty();
	}

	/**
	 * Run a function. What fails is told to the model, but not why. The result comes by
	 * another thread than the function's, which may be interrupted: a container breaks a
	 * response off if such a thread writes.
	 * @param declared the names of all tools that the model may call
	 * @param caller who has asked, for functions that look into the context
	 */
	Mono<Result> run(ToolCall call, Duration timeout, Set<String> declared, Caller caller) {
		ToolFunction function = this.functions.get(call.name());
		if (function == null || !declared.contains(call.name())) {
			return Mono.just(UNKNOWN);
		}
		return Mono.defer(() -> function.function().apply(call))
			.contextWrite((context) -> DroppedErrors.to(context.put(Caller.class, caller), GONE))
			.defaultIfEmpty("")
			.timeout(timeout)
			.publishOn(Schedulers.parallel())
			.map((text) -> new Result(text, false))
			.onErrorResume((failure) -> {
				logger.error("The tool '" + call.name() + "' has failed", failure);
				return Mono.just(FAILED);
			});
	}

	/**
	 * What a function has given.
	 *
	 * @param text the result, or what is said of the failure
	 * @param failed whether it has failed
	 */
	record Result(String text, boolean failed) {
	}

}
