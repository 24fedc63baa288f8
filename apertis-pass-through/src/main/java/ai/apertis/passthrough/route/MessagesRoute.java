package ai.apertis.passthrough.route;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.format.AnthropicErrorFormat;
import ai.apertis.passthrough.format.ErrorFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The route for Anthropic's Messages. What would be kept under the owner's key, or read
 * from there, is refused or left out; nothing is translated.
 */
public final class MessagesRoute implements Route {

	/** Where it is, below the base path. */
	static final String PATH = "/v1/messages";

	static final ErrorFormat ERRORS = new AnthropicErrorFormat();

	private static final String LIMIT = "max_tokens";

	private static final String THINKING = "thinking";

	private static final String THINKING_LIMIT = "budget_tokens";

	private static final List<String> PARAMETERS = List.of("system", "stop_sequences", "container", "mcp_servers",
			"inference_geo", "speed", "output_config", "context_management");

	/** Tools of Anthropic's that run at the client. */
	private static final Set<String> OWN_TOOLS = Set.of("custom", "function", "bash_", "text_editor_", "computer_",
			"memory_");

	private final RequestReader reader;

	private final SharedKeyRules shared;

	private final SharedKeyScan scan;

	/**
	 * Create the route.
	 * @param rules what clients may ask for
	 * @param shared what they may use of what belongs to the owner of the key
	 */
	public MessagesRoute(RequestRules rules, SharedKeyRules shared) {
		this.shared = shared;
		this.reader = new RequestReader(rules, PARAMETERS);
		this.scan = new SharedKeyScan(rules, shared, OWN_TOOLS, Set.of("input"));
	}

	@Override
	public String path() {
		return PATH;
	}

	@Override
	public ErrorFormat errors() {
		return ERRORS;
	}

	@Override
	public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
		RequestBody request = this.reader.read(body, List.of("compression", THINKING));
		this.reader.requireBoolean(request, "stream");
		this.reader.requireAtMost(request, "n", 1);
		for (String owned : List.of("container", "mcp_servers")) {
			JsonNode value = request.get(owned);
			if (value != null && !value.isNull() && !(value.isArray() && value.isEmpty())) {
				this.shared.require(owned);
			}
		}
		this.scan.content(request, "messages");
		this.scan.content(request, "system");
		this.scan.tools(request, "tools");
		RequestBody sent = this.shared.without(request, "metadata", "service_tier", "inference_geo", "speed", "user");
		return new MessagesRequest(caller, user, limited(this.reader.limitOutput(sent, LIMIT)));
	}

	/**
	 * What a model thinks is a part of what it may write.
	 */
	private static RequestBody limited(RequestBody request) {
		JsonNode limit = request.get(LIMIT);
		if (limit != null && limit.isNumber() && request.get(THINKING) instanceof ObjectNode thinking) {
			JsonNode budget = thinking.path(THINKING_LIMIT);
			BigDecimal most = limit.decimalValue().subtract(BigDecimal.ONE).max(BigDecimal.ONE);
			if (budget.isNumber() && budget.decimalValue().compareTo(most) > 0) {
				ObjectNode lowered = thinking.deepCopy();
				lowered.put(THINKING_LIMIT, most);
				return request.with(THINKING, lowered);
			}
		}
		return request;
	}

}
