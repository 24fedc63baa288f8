package ai.apertis.passthrough;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client's request, ready to be sent upstream.
 *
 * @param model the model that is asked
 * @param streaming whether the answer is to be streamed
 * @param usageWanted whether the client itself asked for the usage event
 * @param choices how many choices are asked for
 * @param json the body to send upstream, which always asks for the usage
 */
record PassThroughRequest(String model, boolean streaming, boolean usageWanted, int choices, byte[] json) {

	private static final JsonMapper JSON = JsonMapper.builder()
		// numbers go upstream with all their digits
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.build();

	private static final String STREAM_OPTIONS = "stream_options";

	private static final String INCLUDE_USAGE = "include_usage";

	/**
	 * Read a client's request.
	 * @param body the body as it came
	 * @param defaultModel the model for requests that name none
	 * @return the request
	 * @throws RefusedException if the body cannot be sent upstream
	 */
	static PassThroughRequest read(byte[] body, @Nullable String defaultModel) {
		ObjectNode request = parse(body);
		String model = model(request, defaultModel);
		boolean streaming = isStreaming(request);
		JsonNode options = request.path(STREAM_OPTIONS);
		boolean usageWanted = options.path(INCLUDE_USAGE).isBoolean() && options.path(INCLUDE_USAGE).asBoolean();
		if (streaming) {
			ObjectNode withUsage = options.isObject() ? (ObjectNode) options : request.putObject(STREAM_OPTIONS);
			withUsage.put(INCLUDE_USAGE, true);
		}
		int choices = Math.max(1, request.path("n").asInt(1));
		return new PassThroughRequest(model, streaming, usageWanted, choices, JSON.writeValueAsBytes(request));
	}

	private static ObjectNode parse(byte[] body) {
		try {
			if (JSON.readTree(body) instanceof ObjectNode request) {
				return request;
			}
		}
		catch (JacksonException | NumberFormatException | ArithmeticException ex) {
			// said below: the parser's message may quote the prompt
		}
		throw RefusedException.notJson();
	}

	private static String model(ObjectNode request, @Nullable String defaultModel) {
		JsonNode model = request.path("model");
		if (model.isString() && !model.asString().isBlank()) {
			return model.asString();
		}
		if (!model.isMissingNode() && !model.isNull()) {
			throw RefusedException.invalid("model", "The model must be the id of a model, as text");
		}
		if (defaultModel == null) {
			throw RefusedException.missing("model");
		}
		request.put("model", defaultModel);
		return defaultModel;
	}

	private static boolean isStreaming(ObjectNode request) {
		JsonNode stream = request.path("stream");
		if (!stream.isBoolean() && !stream.isMissingNode() && !stream.isNull()) {
			throw RefusedException.invalid("stream", "The parameter 'stream' must be true or false");
		}
		return stream.asBoolean(false);
	}

	/**
	 * Tells the model, not the prompt.
	 */
	@Override
	public String toString() {
		return "PassThroughRequest[model=" + this.model + ", streaming=" + this.streaming + "]";
	}

}
