package ai.apertis.passthrough.route;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import ai.apertis.client.protocol.MessagesApi;
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
import tools.jackson.databind.node.StringNode;

/**
 * A client's request for a message.
 */
final class MessagesRequest extends JsonRequest {

	private static final String STREAM = "stream";

	private static final String SYSTEM = "system";

	private static final String LIMIT = "max_tokens";

	private static final String VERSION = "anthropic-version";

	private static final String USUAL_VERSION = "2023-06-01";

	private static final String BETA = "anthropic-beta";

	private static final Pattern VERSIONS = Pattern.compile("[0-9a-z.-]{1,40}");

	private static final Pattern FLAG = Pattern.compile("[a-z0-9.-]{1,100}");

	private static final int MAX_FLAGS = 20;

	private static final int MAX_LENGTH = 1024;

	private static final BigDecimal MAX_TOKENS = BigDecimal.valueOf(10_000_000);

	MessagesRequest(Caller caller, @Nullable String user, RequestBody body) {
		super(caller, user, body);
	}

	@Override
	protected MessagesRequest with(RequestBody body) {
		return new MessagesRequest(caller(), user(), body);
	}

	@Override
	public boolean isStreaming() {
		JsonNode stream = body().get(STREAM);
		return stream != null && stream.asBoolean(false);
	}

	/**
	 * Behind the client's own, whose beginning is what a cache knows.
	 */
	@Override
	public PassThroughRequest withSystemMessage(String text) {
		RequestBody body = body();
		RequestBody extended = body.has(SYSTEM) ? body.withLastIfArray(SYSTEM,
				JsonNodeFactory.instance.objectNode().put("type", "text").put("text", text)) : null;
		if (extended != null) {
			return with(extended);
		}
		JsonNode given = body.get(SYSTEM);
		if (given != null && !given.isNull() && !given.isString()) {
			throw RequestReader.invalid(SYSTEM, "The parameter 'system' must be a text, or an array");
		}
		String before = (given != null) ? given.asString("") : "";
		return with(body.with(SYSTEM, StringNode.valueOf(before.isEmpty() ? text : before + "\n\n" + text)));
	}

	@Override
	public ApiRequest toUpstream() {
		boolean streaming = isStreaming();
		RequestBody sent = streaming ? body().with(STREAM, BooleanNode.TRUE) : body().without(STREAM);
		return MessagesApi.request(model(), streaming, sent.write());
	}

	/**
	 * What the flags could unlock is refused in the body; without them requests fail that
	 * are right.
	 */
	@Override
	public Map<String, String> headers() {
		String version = caller().headers().getFirst(VERSION);
		String versionSent = (version != null && VERSIONS.matcher(version).matches()) ? version : USUAL_VERSION;
		List<String> told = caller().headers().getOrEmpty(BETA);
		String flags = told.stream()
			.flatMap((value) -> Arrays.stream(value.split(",")))
			.map(String::strip)
			.filter((flag) -> FLAG.matcher(flag).matches())
			.limit(MAX_FLAGS)
			.collect(Collectors.joining(","));
		return (flags.isEmpty() || flags.length() > MAX_LENGTH) ? Map.of(VERSION, versionSent)
				: Map.of(VERSION, versionSent, BETA, flags);
	}

	@Override
	public StreamFormat format() {
		return VerbatimFormat.ofTypedEvents(MessagesRoute.ERRORS);
	}

	@Override
	public long maxOutputTokens() {
		JsonNode value = body().get(LIMIT);
		return (value != null && value.isNumber())
				? value.decimalValue().min(MAX_TOKENS).max(BigDecimal.ZERO).longValue() : 0;
	}

	@Override
	public RoutedRequest withOutputLimit(long tokens) {
		return with(body().with(LIMIT, LongNode.valueOf(tokens)));
	}

}
