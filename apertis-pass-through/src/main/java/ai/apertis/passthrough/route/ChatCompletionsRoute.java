package ai.apertis.passthrough.route;

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

	private final ChatCompletionsReader reader;

	/**
	 * Create the route.
	 * @param rules what clients may ask for
	 */
	public ChatCompletionsRoute(RequestRules rules) {
		this.reader = new ChatCompletionsReader(rules);
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
		return ChatCompletionsRequest.of(caller, user, this.reader.read(body, Translation.NONE));
	}

}
