package ai.apertis.passthrough.ui;

import java.util.Collection;
import java.util.List;

import ai.apertis.client.tools.ToolFunction;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.route.ChatCompletionsReader;
import ai.apertis.passthrough.route.ChatCompletionsRequest;
import ai.apertis.passthrough.route.RequestBody;
import ai.apertis.passthrough.route.RequestRules;
import ai.apertis.passthrough.route.Route;
import ai.apertis.passthrough.route.RoutedRequest;
import org.jspecify.annotations.Nullable;

/**
 * The route for {@code useChat} and {@code useCompletion} of the AI SDK, which gives a UI
 * message stream.
 */
public final class UiChatRoute implements Route, AutoCloseable {

	private final ChatCompletionsReader reader;

	private final UiSettings settings;

	private final ServerTools tools;

	private final UiMessageMetadata metadata;

	private final UiConversations conversations;

	private final UiErrors errors = new UiErrors();

	/**
	 * Create the route.
	 * @param rules what pages may ask for
	 * @param settings how they are answered
	 * @param functions the application's functions that the model may call
	 * @param metadata gives the metadata of answers
	 * @param listeners are told of answers that have ended
	 * @throws IllegalArgumentException if two functions have the same name
	 */
	public UiChatRoute(RequestRules rules, UiSettings settings, Collection<ToolFunction> functions,
			UiMessageMetadata metadata, List<UiConversationListener> listeners) {
		this.reader = new ChatCompletionsReader(rules);
		this.settings = settings;
		this.tools = new ServerTools(functions);
		this.metadata = metadata;
		this.conversations = new UiConversations(listeners, settings.toolTimeout());
	}

	@Override
	public String path() {
		return "/ui/chat";
	}

	@Override
	public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
		UiRequest request = new UiRequest(this.settings, caller, user, !this.conversations.isEmpty());
		RequestBody read = this.tools.declareIn(this.reader.read(body, request));
		return ChatCompletionsRequest.streamed(caller, user, read,
				() -> new UiMessageFormat(request, this.settings, this.tools, this.metadata, this.conversations,
						this.errors),
				(this.settings.resume() && !request.chatId().isEmpty()) ? request.chatId() : null);
	}

	@Override
	public boolean resumesConversations() {
		return this.settings.resume();
	}

	@Override
	public ErrorFormat errors() {
		return this.errors;
	}

	/**
	 * Wait until the listeners have ended what they are at, up to the limit.
	 */
	@Override
	public void close() {
		this.conversations.close();
	}

}
