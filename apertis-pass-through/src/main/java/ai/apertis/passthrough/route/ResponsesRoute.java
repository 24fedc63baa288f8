package ai.apertis.passthrough.route;

import java.util.List;
import java.util.Set;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;

/**
 * The route for OpenAI's Responses. What would be kept under the owner's key, or read
 * from there, is refused or left out; nothing is translated.
 */
public final class ResponsesRoute implements Route {

	static final ErrorFormat ERRORS = new OpenAiErrorFormat();

	private static final String LIMIT = "max_output_tokens";

	private static final String INPUT = "input";

	private static final String TOOLS = "tools";

	private static final String STORE = "store";

	/** Tools that run at the client; those in a namespace are looked at too. */
	private static final Set<String> OWN_TOOLS = Set.of("function", "custom", "local_shell", "apply_patch",
			"namespace");

	private static final List<String> PARAMETERS = List.of(INPUT, "instructions", LIMIT, "max_tool_calls",
			"previous_response_id", "conversation", "background", "prompt", "include", "truncation",
			"context_management");

	private final RequestReader reader;

	private final RequestRules rules;

	private final SharedKeyRules shared;

	private final SharedKeyScan scan;

	/**
	 * Create the route.
	 * @param rules what clients may ask for
	 * @param shared what they may use of what belongs to the owner of the key
	 */
	public ResponsesRoute(RequestRules rules, SharedKeyRules shared) {
		this.rules = rules;
		this.shared = shared;
		this.reader = new RequestReader(rules, PARAMETERS);
		this.scan = new SharedKeyScan(rules, shared, OWN_TOOLS, Set.of());
	}

	@Override
	public String path() {
		return "/v1/responses";
	}

	@Override
	public ErrorFormat errors() {
		return ERRORS;
	}

	@Override
	public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
		RequestBody request = this.reader.read(body, List.of("stream_options", "compression"));
		this.reader.requireBoolean(request, "stream");
		this.reader.requireAtMost(request, "n", this.rules.maxChoices());
		requireNothingOwned(request);
		this.scan.content(request, INPUT);
		this.scan.tools(request, TOOLS);
		RequestBody sent = this.shared.without(request, "metadata", "service_tier", "user", "safety_identifier",
				"prompt_cache_key");
		if (!this.shared.allows(STORE)) {
			// it is true unless set
			sent = sent.with(STORE, BooleanNode.FALSE);
		}
		return new ResponsesRequest(caller, user, this.reader.limitOutput(sent, LIMIT, "max_tokens"));
	}

	/**
	 * A turn of somebody else, or something that runs on without its client.
	 * @throws RefusedException if there is any
	 */
	private void requireNothingOwned(RequestBody request) {
		for (String name : List.of("previous_response_id", "conversation", "prompt", "background")) {
			JsonNode value = request.get(name);
			boolean off = value == null || value.isNull() || (value.isBoolean() && !value.asBoolean());
			if (!off) {
				this.shared.require(name);
			}
		}
	}

}
