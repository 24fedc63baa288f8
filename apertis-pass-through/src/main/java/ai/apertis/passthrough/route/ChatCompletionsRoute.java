package ai.apertis.passthrough.route;

import java.util.List;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import org.jspecify.annotations.Nullable;

/**
 * The route for chat completions. Requests that ask for more than the rules allow are
 * refused; what can be lowered is.
 */
public final class ChatCompletionsRoute implements Route {

	static final ErrorFormat ERRORS = new OpenAiErrorFormat();

	/** The objects that rules look into. */
	private static final List<String> LOOKED_INTO = List.of("stream_options", "compression");

	private final RequestRules rules;

	private final RequestReader reader;

	/**
	 * Create the route.
	 * @param rules what clients may ask for
	 */
	public ChatCompletionsRoute(RequestRules rules) {
		this.rules = rules;
		this.reader = new RequestReader(rules);
	}

	@Override
	public String path() {
		return "/v1/chat/completions";
	}

	@Override
	public ErrorFormat errors() {
		return ERRORS;
	}

	@Override
	public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
		RequestBody request = this.reader.read(body, LOOKED_INTO);
		this.reader.requireBoolean(request, "stream");
		this.reader.requireAtMost(request, "n", this.rules.maxChoices());
		// the name that every provider knows; a model that refuses it gets the other one
		return new ChatCompletionsRequest(caller, user,
				this.reader.limitOutput(request, "max_tokens", "max_completion_tokens"));
	}

}
