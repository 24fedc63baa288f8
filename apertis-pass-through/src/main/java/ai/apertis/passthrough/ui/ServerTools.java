package ai.apertis.passthrough.ui;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import ai.apertis.client.chat.ToolCall;
import ai.apertis.client.tools.ToolFunction;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.route.RequestBody;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
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

	/**
	 * Return the names of the tools that the page runs itself.
	 * @param request the request, in which all are declared
	 */
	Set<String> namesOfPage(RequestBody request) {
		Set<String> names = new HashSet<>();
		for (JsonNode tool : ofPage(request)) {
			names.add(name(tool));
		}
		names.removeAll(this.functions.keySet());
		return names;
	}

	private static Iterable<JsonNode> ofPage(RequestBody request) {
		JsonNode tools = request.get(TOOLS);
		return (tools != null) ? tools : JsonNodeFactory.instance.arrayNode();
	}

	private static String name(JsonNode tool) {
		return tool.path("function").path("name").asString("");
	}

	/**
	 * Return whether a call is not for the page: it is for one of the functions, or for
	 * none at all.
	 */
	boolean isForServer(ToolCall call, Set<String> namesOfPage) {
		return !this.functions.isEmpty() && !namesOfPage.contains(String.valueOf(call.name()));
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
	 * @param caller who has asked, for functions that look into the context
	 */
	Mono<Result> run(ToolCall call, Duration timeout, Caller caller) {
		ToolFunction function = this.functions.get(call.name());
		if (function == null) {
			return Mono.just(UNKNOWN);
		}
		return Mono.defer(() -> function.function().apply(call))
			.contextWrite((context) -> context.put(Caller.class, caller))
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
