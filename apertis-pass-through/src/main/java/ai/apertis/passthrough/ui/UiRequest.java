package ai.apertis.passthrough.ui;

import java.util.List;
import java.util.Set;
import java.util.UUID;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.route.RequestBody;
import ai.apertis.passthrough.route.RequestReader;
import ai.apertis.passthrough.route.Translation;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * Request of a page: the messages of a conversation ({@code useChat}), or a prompt
 * ({@code useCompletion}). Of all else only the parameters that a page may set go
 * upstream.
 */
final class UiRequest implements Translation {

	private static final String PROMPT = "prompt";

	private final UiSettings settings;

	private final Caller caller;

	private final @Nullable String user;

	private String chatId = "";

	private Set<String> continuedCalls = Set.of();

	private String messageId = "msg_" + UUID.randomUUID().toString().replace("-", "");

	private @Nullable RequestBody received;

	/** Whether the page's own messages are needed once they are translated. */
	private final boolean kept;

	UiRequest(UiSettings settings, Caller caller, @Nullable String user, boolean kept) {
		this.settings = settings;
		this.caller = caller;
		this.kept = kept;
		this.user = user;
	}

	@Override
	public Set<String> members() {
		return Set.of(UiMessages.MEMBER);
	}

	@Override
	public RequestBody translate(RequestBody request) {
		this.received = this.kept ? request : null;
		this.chatId = text(request.get("id"));
		UiMessages messages = new UiMessages(this.settings.returnReasoning());
		if (request.has(PROMPT) && !request.has(UiMessages.MEMBER)) {
			messages.user(prompt(request));
		}
		else {
			messages.read(request.parser(UiMessages.MEMBER));
		}
		String continued = messages.continued();
		if (continued != null) {
			// another one would be a second message on the page
			this.messageId = continued;
			this.continuedCalls = messages.continuedCalls();
		}
		RequestBody translated = request.only(this.settings.parameters()).with(UiMessages.MEMBER, messages.toJson());
		return this.kept ? translated.besides(request.size()) : translated;
	}

	private static String text(@Nullable JsonNode value) {
		String text = (value != null) ? value.asString("") : "";
		return (text.length() > UiMessages.MAX_ID_LENGTH) ? "" : text;
	}

	private static String prompt(RequestBody request) {
		try (JsonParser parser = request.parser(PROMPT)) {
			if (parser == null || parser.nextToken() != JsonToken.VALUE_STRING) {
				throw RequestReader.invalid(PROMPT, "The parameter 'prompt' must be a text");
			}
			return parser.getString();
		}
		catch (JacksonException ex) {
			throw UiMessages.unreadable(PROMPT);
		}
	}

	/**
	 * Return the id of the message that answers.
	 */
	String messageId() {
		return this.messageId;
	}

	/**
	 * Return the ids of the calls that the message has already, if the answer goes on
	 * with one.
	 */
	Set<String> continuedCalls() {
		return this.continuedCalls;
	}

	/**
	 * Return the id of the conversation, empty if the page has given none.
	 */
	String chatId() {
		return this.chatId;
	}

	/**
	 * Return who has sent the request.
	 */
	Caller caller() {
		return this.caller;
	}

	/**
	 * Return the user, {@code null} for an anonymous one.
	 */
	@Nullable String user() {
		return this.user;
	}

	/**
	 * Return the messages as the page has sent them.
	 */
	List<JsonNode> messages() {
		RequestBody received = this.received;
		try (JsonParser parser = (received != null) ? received.parser(UiMessages.MEMBER) : null) {
			if (parser == null) {
				return List.of();
			}
			JsonNode messages = parser.readValueAsTree();
			return messages.valueStream().toList();
		}
	}

}
