package ai.apertis.passthrough.route;

import java.math.BigDecimal;
import java.util.List;
import java.util.function.Supplier;

import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.format.VerbatimFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * A client's request for chat completions.
 */
public final class ChatCompletionsRequest extends JsonRequest {

	private static final String DONE = "data: [DONE]\n\n";

	private static final String STREAM = "stream";

	private static final String STREAM_OPTIONS = "stream_options";

	private static final String INCLUDE_USAGE = "include_usage";

	private static final String MESSAGES = "messages";

	private static final String LIMIT = "max_tokens";

	/** What models that reason call it. */
	private static final String OTHER_LIMIT = "max_completion_tokens";

	private static final String TOOL_CHOICE = "tool_choice";

	private static final BigDecimal MAX_TOKENS = BigDecimal.valueOf(10_000_000);

	private final boolean streaming;

	private final Supplier<StreamFormat> format;

	private final @Nullable String conversation;

	private ChatCompletionsRequest(Caller caller, @Nullable String user, RequestBody body, boolean streaming,
			Supplier<StreamFormat> format, @Nullable String conversation) {
		super(caller, user, body);
		this.streaming = streaming;
		this.format = format;
		this.conversation = conversation;
	}

	/**
	 * Create the request of a client that speaks the gateway's own protocol.
	 */
	static ChatCompletionsRequest of(Caller caller, @Nullable String user, RequestBody body) {
		// whether the client itself asked for the usage event
		boolean usageWanted = isTrue(usageOption(body));
		return new ChatCompletionsRequest(caller, user, body, isTrue(body.get(STREAM)),
				() -> new VerbatimFormat(usageWanted, DONE, ChatCompletionsRoute.ERRORS), null);
	}

	/**
	 * Create the request of a client that speaks another protocol, whose answer is
	 * streamed.
	 * @param caller who has sent it
	 * @param user the user, {@code null} for an anonymous sender
	 * @param body the request for chat completions
	 * @param format starts the format of the stream that the client gets
	 * @param conversation the conversation by which the stream is stored, {@code null} if
	 * it is not
	 * @return the request
	 */
	public static ChatCompletionsRequest streamed(Caller caller, @Nullable String user, RequestBody body,
			Supplier<StreamFormat> format, @Nullable String conversation) {
		return new ChatCompletionsRequest(caller, user, body, true, format, conversation);
	}

	private static @Nullable JsonNode usageOption(RequestBody body) {
		JsonNode options = body.get(STREAM_OPTIONS);
		return (options != null) ? options.get(INCLUDE_USAGE) : null;
	}

	private static boolean isTrue(@Nullable JsonNode value) {
		return value != null && value.asBoolean(false);
	}

	@Override
	protected ChatCompletionsRequest with(RequestBody body) {
		return new ChatCompletionsRequest(caller(), user(), body, this.streaming, this.format, this.conversation);
	}

	@Override
	public boolean isStreaming() {
		return this.streaming;
	}

	@Override
	public PassThroughRequest withSystemMessage(String text) {
		ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "system").put("content", text);
		RequestBody changed = body().withFirst(MESSAGES, message);
		if (changed == null) {
			throw body().has(MESSAGES) ? RequestReader.invalid(MESSAGES, "The parameter 'messages' must be an array")
					: RequestReader.missing(MESSAGES);
		}
		return with(changed);
	}

	/**
	 * Always asks for the usage of a stream.
	 */
	@Override
	public ApiRequest toUpstream() {
		return toUpstream(body());
	}

	/**
	 * What the client wants of the first answer, such as the call of a tool, it does not
	 * want of each.
	 */
	@Override
	public ApiRequest toUpstream(List<? extends JsonNode> messages) {
		if (messages.isEmpty()) {
			return toUpstream();
		}
		RequestBody further = body().withLast(MESSAGES, messages);
		return toUpstream(further.has(TOOL_CHOICE) ? further.with(TOOL_CHOICE, StringNode.valueOf("auto")) : further);
	}

	private ApiRequest toUpstream(RequestBody body) {
		RequestBody sent = this.streaming ? body.with(STREAM, BooleanNode.TRUE).with(STREAM_OPTIONS, streamOptions())
				: body.without(STREAM).without(STREAM_OPTIONS);
		return ChatCompletionsApi.request(model(), choices(), this.streaming, sent.write());
	}

	/**
	 * The client's own options, but for the one that is ours.
	 */
	private ObjectNode streamOptions() {
		ObjectNode options = JsonNodeFactory.instance.objectNode();
		if (body().get(STREAM_OPTIONS) instanceof ObjectNode given) {
			options.setAll(given);
		}
		return options.put(INCLUDE_USAGE, true);
	}

	@Override
	public @Nullable String conversation() {
		return this.conversation;
	}

	@Override
	public StreamFormat format() {
		return this.format.get();
	}

	@Override
	public int choices() {
		JsonNode choices = body().get("n");
		return (choices != null && choices.isNumber()) ? choices.decimalValue().max(BigDecimal.ONE).intValue() : 1;
	}

	@Override
	public long maxOutputTokens() {
		return Math.max(number(LIMIT), number(OTHER_LIMIT)) * choices();
	}

	@Override
	public RoutedRequest withOutputLimit(long tokens) {
		LongNode limit = LongNode.valueOf(tokens);
		// what is no number from 1 may mean no limit
		RequestBody body = body().without(LIMIT).without(OTHER_LIMIT);
		if (number(OTHER_LIMIT) > 0) {
			body = body.with(OTHER_LIMIT, limit);
		}
		if (number(LIMIT) > 0 || number(OTHER_LIMIT) == 0) {
			body = body.with(LIMIT, limit);
		}
		return with(body);
	}

	private long number(String name) {
		JsonNode value = body().get(name);
		return (value != null && value.isNumber())
				? value.decimalValue().min(MAX_TOKENS).max(BigDecimal.ZERO).longValue() : 0;
	}

}
