package ai.apertis.passthrough;

import java.math.BigDecimal;
import java.util.List;

import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.stream.ApiRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * A client's request, which is within the limits of the properties. Immutable: each
 * {@code with} method gives a request with one thing changed.
 */
public final class PassThroughRequest {

	private static final String MODEL = "model";

	private static final String STREAM_OPTIONS = "stream_options";

	private static final String INCLUDE_USAGE = "include_usage";

	private static final BigDecimal MAX_TOKENS = BigDecimal.valueOf(10_000_000);

	private static final String MESSAGES = "messages";

	private final Caller caller;

	private final @Nullable String user;

	private final RequestBody body;

	private final boolean streaming;

	private final boolean usageWanted;

	PassThroughRequest(Caller caller, @Nullable String user, RequestBody body) {
		this(caller, user, body, isTrue(body.get("stream")), isTrue(usageOption(body)));
	}

	private PassThroughRequest(Caller caller, @Nullable String user, RequestBody body, boolean streaming,
			boolean usageWanted) {
		this.caller = caller;
		this.user = user;
		this.body = body;
		this.streaming = streaming;
		this.usageWanted = usageWanted;
	}

	private static @Nullable JsonNode usageOption(RequestBody body) {
		JsonNode options = body.get(STREAM_OPTIONS);
		return (options != null) ? options.get(INCLUDE_USAGE) : null;
	}

	private static boolean isTrue(@Nullable JsonNode value) {
		return value != null && value.asBoolean(false);
	}

	/**
	 * Return who has sent the request.
	 * @return the sender
	 */
	public Caller caller() {
		return this.caller;
	}

	/**
	 * Return the user who has sent the request.
	 * @return what the {@link PassThroughUserResolver} says, {@code null} if it is nobody
	 * in particular
	 */
	public @Nullable String user() {
		return this.user;
	}

	/**
	 * Return the model that is asked.
	 * @return the model's id
	 */
	public String model() {
		JsonNode model = this.body.get(MODEL);
		return (model != null) ? model.asString("") : "";
	}

	/**
	 * Return all models that may answer: the gateway asks others too if a request names
	 * them.
	 * @return the ids of the model that is asked first, of fallbacks, and of the one that
	 * compresses
	 */
	public List<String> models() {
		return RequestedModels.in(this.body).stream().map((model) -> model.id().asString("")).distinct().toList();
	}

	/**
	 * Return whether the answer is to be streamed. No policy can change that.
	 * @return whether it is
	 */
	public boolean isStreaming() {
		return this.streaming;
	}

	/**
	 * Return a parameter.
	 * @param name its name on the wire
	 * @return its value, {@code null} if it is not set
	 */
	@Nullable JsonNode parameter(String name) {
		try {
			JsonNode value = this.body.get(name);
			return (value == null || value.isNull()) ? null : value;
		}
		catch (RefusedException ex) {
			// a number beyond all bounds, which the gateway may refuse
			return null;
		}
	}

	/**
	 * Return the request's JSON, which is read for this: it takes many times the memory
	 * of the body.
	 * @return a copy of it
	 * @throws RefusedException if it is no JSON after all
	 */
	public ObjectNode json() {
		return this.body.tree();
	}

	/**
	 * Ask another model.
	 * @param model the model's id
	 * @return a request for it
	 */
	public PassThroughRequest withModel(String model) {
		return with(MODEL, StringNode.valueOf(model));
	}

	/**
	 * Put a system message before all messages of the client, who cannot remove it.
	 * @param text the message
	 * @return a request with it
	 * @throws RefusedException if the request has no list of messages
	 */
	public PassThroughRequest withSystemMessage(String text) {
		ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "system").put("content", text);
		RequestBody changed = this.body.withFirst(MESSAGES, message);
		if (changed == null) {
			throw this.body.has(MESSAGES)
					? RefusedException.invalid(MESSAGES, "The parameter 'messages' must be an array")
					: RefusedException.missing(MESSAGES);
		}
		return changed(changed);
	}

	private PassThroughRequest changed(RequestBody changed) {
		return new PassThroughRequest(this.caller, this.user, changed, this.streaming, this.usageWanted);
	}

	/**
	 * Set a parameter, whatever the client has set.
	 * @param name the parameter's name on the wire
	 * @param value its value, which must not be changed afterwards
	 * @return a request with it
	 */
	public PassThroughRequest with(String name, JsonNode value) {
		return changed(this.body.with(name, value));
	}

	/**
	 * Take a parameter out.
	 * @param name the parameter's name on the wire
	 * @return a request without it
	 */
	public PassThroughRequest without(String name) {
		return changed(this.body.without(name));
	}

	/**
	 * Whether the client itself asked for the usage event.
	 */
	boolean isUsageWanted() {
		return this.usageWanted;
	}

	/**
	 * About how many bytes the request takes.
	 */
	int size() {
		return this.body.size();
	}

	/**
	 * How many choices are asked for.
	 */
	int choices() {
		JsonNode choices = this.body.get("n");
		return (choices != null && choices.isNumber()) ? choices.decimalValue().max(BigDecimal.ONE).intValue() : 1;
	}

	/**
	 * The most tokens that the answer may have, 0 if there is no limit.
	 */
	long maxOutputTokens() {
		return Math.max(number("max_tokens"), number("max_completion_tokens")) * choices();
	}

	private long number(String name) {
		JsonNode value = this.body.get(name);
		return (value != null && value.isNumber()) ? value.decimalValue().min(MAX_TOKENS).longValue() : 0;
	}

	/**
	 * The body to send upstream, which always asks for the usage of a stream.
	 */
	ApiRequest toUpstream() {
		RequestBody sent = isStreaming()
				? this.body.with("stream", BooleanNode.TRUE).with(STREAM_OPTIONS, streamOptions())
				: this.body.without("stream").without(STREAM_OPTIONS);
		return ChatCompletionsApi.request(model(), choices(), isStreaming(), sent.write());
	}

	/**
	 * The client's own options, but for the one that is ours.
	 */
	private ObjectNode streamOptions() {
		ObjectNode options = JsonNodeFactory.instance.objectNode();
		if (this.body.get(STREAM_OPTIONS) instanceof ObjectNode given) {
			options.setAll(given);
		}
		return options.put(INCLUDE_USAGE, true);
	}

	/**
	 * Tells the model and the user, not the prompt.
	 */
	@Override
	public String toString() {
		return "PassThroughRequest[model=" + model() + ", user=" + this.user + ", streaming=" + isStreaming() + "]";
	}

}
