package ai.apertis.passthrough;

import java.math.BigDecimal;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client's request, which is within the limits of the properties. Immutable: each
 * {@code with} method gives a request with one thing changed.
 */
public final class PassThroughRequest {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String MODEL = "model";

	private static final String STREAM_OPTIONS = "stream_options";

	private static final String INCLUDE_USAGE = "include_usage";

	private static final String[] STREAM_OPTION_NAMES = { "include_obfuscation", "continuous_usage_stats" };

	private static final BigDecimal MOST_TOKENS = BigDecimal.valueOf(10_000_000);

	private static final String MESSAGES = "messages";

	private final Caller caller;

	private final @Nullable String user;

	private final ObjectNode json;

	private final boolean streaming;

	private final boolean usageWanted;

	PassThroughRequest(Caller caller, @Nullable String user, ObjectNode json) {
		this(caller, user, json, json.path("stream").asBoolean(false),
				json.path(STREAM_OPTIONS).path(INCLUDE_USAGE).asBoolean(false));
	}

	private PassThroughRequest(Caller caller, @Nullable String user, ObjectNode json, boolean streaming,
			boolean usageWanted) {
		this.caller = caller;
		this.user = user;
		this.json = json;
		this.streaming = streaming;
		this.usageWanted = usageWanted;
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
		return this.json.path(MODEL).asString("");
	}

	/**
	 * Return all models that may answer: the gateway asks others too if a request names
	 * them.
	 * @return the ids of the model that is asked first, of fallbacks, and of the one that
	 * compresses
	 */
	public List<String> models() {
		return RequestedModels.in(this.json).stream().map((model) -> model.id().asString("")).distinct().toList();
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
		JsonNode value = this.json.get(name);
		return (value == null || value.isNull()) ? null : value;
	}

	/**
	 * Return the request's JSON.
	 * @return a copy of it
	 */
	public ObjectNode json() {
		return this.json.deepCopy();
	}

	/**
	 * Ask another model.
	 * @param model the model's id
	 * @return a request for it
	 */
	public PassThroughRequest withModel(String model) {
		return with(MODEL, this.json.stringNode(model));
	}

	/**
	 * Put a system message before all messages of the client, who cannot remove it.
	 * @param text the message
	 * @return a request with it
	 * @throws RefusedException if the request has no list of messages
	 */
	public PassThroughRequest withSystemMessage(String text) {
		if (!(this.json.path(MESSAGES) instanceof ArrayNode messages)) {
			throw this.json.has(MESSAGES)
					? RefusedException.invalid(MESSAGES, "The parameter 'messages' must be an array")
					: RefusedException.missing(MESSAGES);
		}
		ArrayNode all = this.json.arrayNode();
		all.addObject().put("role", "system").put("content", text);
		return with(MESSAGES, all.addAll(messages));
	}

	/**
	 * Set a parameter, whatever the client has set.
	 * @param name the parameter's name on the wire
	 * @param value its value, which must not be changed afterwards
	 * @return a request with it
	 */
	public PassThroughRequest with(String name, JsonNode value) {
		ObjectNode changed = shallowCopy();
		changed.set(name, value);
		return new PassThroughRequest(this.caller, this.user, changed, this.streaming, this.usageWanted);
	}

	/**
	 * Take a parameter out.
	 * @param name the parameter's name on the wire
	 * @return a request without it
	 */
	public PassThroughRequest without(String name) {
		ObjectNode changed = shallowCopy();
		changed.remove(name);
		return new PassThroughRequest(this.caller, this.user, changed, this.streaming, this.usageWanted);
	}

	/**
	 * Whether the client itself asked for the usage event.
	 */
	boolean isUsageWanted() {
		return this.usageWanted;
	}

	/**
	 * How many choices are asked for.
	 */
	int choices() {
		JsonNode choices = this.json.path("n");
		return choices.isNumber() ? choices.decimalValue().max(BigDecimal.ONE).intValue() : 1;
	}

	/**
	 * The most tokens that the answer may have, 0 if there is no limit.
	 */
	long mostOutputTokens() {
		long most = Math.max(number("max_tokens"), number("max_completion_tokens"));
		return most * choices();
	}

	private long number(String name) {
		JsonNode value = this.json.path(name);
		return value.isNumber() ? value.decimalValue().min(MOST_TOKENS).longValue() : 0;
	}

	/**
	 * The body to send upstream, which always asks for the usage of a stream.
	 */
	byte[] toUpstream() {
		ObjectNode counted = shallowCopy();
		if (!isStreaming()) {
			counted.remove(List.of("stream", STREAM_OPTIONS));
			return JSON.writeValueAsBytes(counted);
		}
		counted.put("stream", true);
		counted.set(STREAM_OPTIONS, streamOptions());
		return JSON.writeValueAsBytes(counted);
	}

	/**
	 * No option is sent that a gateway might refuse, which would look as if it refused to
	 * tell the usage.
	 */
	private ObjectNode streamOptions() {
		ObjectNode options = this.json.objectNode();
		JsonNode given = this.json.path(STREAM_OPTIONS);
		for (String name : STREAM_OPTION_NAMES) {
			if (given.path(name).isBoolean()) {
				options.set(name, given.path(name));
			}
		}
		return options.put(INCLUDE_USAGE, true);
	}

	/**
	 * What is below is never changed, so that requests can share it.
	 */
	private ObjectNode shallowCopy() {
		ObjectNode copy = this.json.objectNode();
		copy.setAll(this.json);
		return copy;
	}

	/**
	 * Tells the model and the user, not the prompt.
	 */
	@Override
	public String toString() {
		return "PassThroughRequest[model=" + model() + ", user=" + this.user + ", streaming=" + isStreaming() + "]";
	}

}
