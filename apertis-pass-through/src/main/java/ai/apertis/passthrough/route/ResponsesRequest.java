package ai.apertis.passthrough.route;

import java.math.BigDecimal;

import ai.apertis.client.protocol.ResponsesApi;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.format.VerbatimFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.StringNode;

/**
 * A client's request for a response.
 */
final class ResponsesRequest extends JsonRequest {

	private static final String STREAM = "stream";

	private static final String INSTRUCTIONS = "instructions";

	private static final String LIMIT = "max_output_tokens";

	/** What chat completions call it. */
	private static final String OTHER_LIMIT = "max_tokens";

	private static final BigDecimal MAX_TOKENS = BigDecimal.valueOf(10_000_000);

	ResponsesRequest(Caller caller, @Nullable String user, RequestBody body) {
		super(caller, user, body);
	}

	@Override
	protected ResponsesRequest with(RequestBody body) {
		return new ResponsesRequest(caller(), user(), body);
	}

	@Override
	public boolean isStreaming() {
		JsonNode stream = body().get(STREAM);
		return stream != null && stream.asBoolean(false);
	}

	/**
	 * Before the client's own instructions.
	 */
	@Override
	public PassThroughRequest withSystemMessage(String text) {
		JsonNode instructions = body().get(INSTRUCTIONS);
		if (instructions != null && !instructions.isNull() && !instructions.isString()) {
			throw RequestReader.invalid(INSTRUCTIONS, "The parameter 'instructions' must be a text");
		}
		String given = (instructions != null) ? instructions.asString("") : "";
		return with(body().with(INSTRUCTIONS, StringNode.valueOf(given.isEmpty() ? text : text + "\n\n" + given)));
	}

	@Override
	public ApiRequest toUpstream() {
		boolean streaming = isStreaming();
		RequestBody sent = streaming ? body().with(STREAM, BooleanNode.TRUE) : body().without(STREAM);
		return ResponsesApi.request(model(), streaming, sent.write());
	}

	@Override
	public StreamFormat format() {
		return VerbatimFormat.ofResponses(ResponsesRoute.ERRORS);
	}

	@Override
	public @Nullable JsonNode parameter(String name) {
		JsonNode value = super.parameter(name);
		return (value == null && name.equals(OTHER_LIMIT)) ? super.parameter(LIMIT) : value;
	}

	@Override
	public long maxOutputTokens() {
		return Math.max(number(LIMIT), number(OTHER_LIMIT));
	}

	@Override
	public RoutedRequest withOutputLimit(long tokens) {
		return with(body().without(OTHER_LIMIT).with(LIMIT, LongNode.valueOf(tokens)));
	}

	private long number(String name) {
		JsonNode value = body().get(name);
		return (value != null && value.isNumber())
				? value.decimalValue().min(MAX_TOKENS).max(BigDecimal.ZERO).longValue() : 0;
	}

}
