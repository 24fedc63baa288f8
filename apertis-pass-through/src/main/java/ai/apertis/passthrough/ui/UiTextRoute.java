package ai.apertis.passthrough.ui;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.route.ChatCompletionsReader;
import ai.apertis.passthrough.route.ChatCompletionsRequest;
import ai.apertis.passthrough.route.RequestRules;
import ai.apertis.passthrough.route.Route;
import ai.apertis.passthrough.route.RoutedRequest;
import org.jspecify.annotations.Nullable;

/**
 * The route for the text streams of the AI SDK, such as {@code TextStreamChatTransport}:
 * nothing but the model's text. A failure can only be seen by the connection that breaks.
 */
public final class UiTextRoute implements Route {

	private final ChatCompletionsReader reader;

	private final UiSettings settings;

	private final UiErrors errors = new UiErrors();

	/**
	 * Create the route.
	 * @param rules what pages may ask for
	 * @param settings how they are answered
	 */
	public UiTextRoute(RequestRules rules, UiSettings settings) {
		this.reader = new ChatCompletionsReader(rules);
		this.settings = settings;
	}

	@Override
	public String path() {
		return "/ui/text";
	}

	@Override
	public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
		return ChatCompletionsRequest.streamed(caller, user,
				this.reader.read(body, new UiRequest(this.settings, caller, user, false)), UiTextFormat::new, null);
	}

	@Override
	public ErrorFormat errors() {
		return this.errors;
	}

}
