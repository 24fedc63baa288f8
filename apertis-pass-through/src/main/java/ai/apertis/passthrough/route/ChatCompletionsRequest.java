package ai.apertis.passthrough.route;

import java.math.BigDecimal;

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
import tools.jackson.databind.node.ObjectNode;

/**
 * A client's request for chat completions.
 */
final class ChatCompletionsRequest extends JsonRequest {

	private static final String DONE = "data: [DONE]\n\n";

	private static final String STREAM = "stream";

	private static final String STREAM_OPTIONS = "stream_options";

	private static final String INCLUDE_USAGE = "include_usage";

	private static final String MESSAGES = "messages";

	private static final BigDecimal MAX_TOKENS = BigDecimal.valueOf(10_000_000);

	private final boolean streaming;

	/** Whether the client itself asked for the usage event. */
	private final boolean usageWanted;

	ChatCompletionsRequest(Caller caller, @Nullable String user, RequestBody body) {
		this(caller, user, body, isTrue(body.get(STREAM)), isTrue(usageOption(body)));
	}

	private ChatCompletionsRequest(Caller caller, @Nullable String user, RequestBody body, boolean streaming,
			boolean usageWanted) {
		super(caller, user, body);
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

	@Override
	protected PassThroughRequest with(RequestBody body) {
		return new ChatCompletionsRequest(caller(), user(), body, this.streaming, this.usageWanted);
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
		RequestBody sent = this.streaming ? body().with(STREAM, BooleanNode.TRUE).with(STREAM_OPTIONS, streamOptions())
				: body().without(STREAM).without(STREAM_OPTIONS);
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
	public StreamFormat format() {
		return new VerbatimFormat(this.usageWanted, DONE, ChatCompletionsRoute.ERRORS);
	}

	private int choices() {
		JsonNode choices = body().get("n");
		return (choices != null && choices.isNumber()) ? choices.decimalValue().max(BigDecimal.ONE).intValue() : 1;
	}

	@Override
	public long maxOutputTokens() {
		return Math.max(number("max_tokens"), number("max_completion_tokens")) * choices();
	}

	private long number(String name) {
		JsonNode value = body().get(name);
		return (value != null && value.isNumber()) ? value.decimalValue().min(MAX_TOKENS).longValue() : 0;
	}

}
