package ai.apertis.passthrough;

import java.math.BigDecimal;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads clients' requests: what is no request, or asks for more than the rules allow, is
 * refused; what can be lowered is.
 */
final class RequestReader {

	private static final int LONGEST_MODEL = 200;

	private static final String MODEL = "model";

	private static final String[] OUTPUT_LIMITS = { "max_tokens", "max_completion_tokens" };

	private final RequestRules rules;

	private final JsonMapper json;

	RequestReader(RequestRules rules) {
		this.rules = rules;
		this.json = JsonMapper
			.builder(JsonFactory.builder()
				.streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(rules.maxDepth()).build())
				.build())
			// numbers go upstream with all their digits
			.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.build();
	}

	/**
	 * Read a request.
	 * @param body the body as it came
	 * @throws RefusedException if it must not be sent upstream
	 */
	PassThroughRequest read(Caller caller, @Nullable String user, byte[] body) {
		ObjectNode request = parse(body);
		requireModel(request);
		requireModelsAllowed(request);
		requireNothingDenied(request);
		requireBoolean(request, "stream");
		requireChoices(request);
		limitOutput(request);
		return new PassThroughRequest(caller, user, request);
	}

	private ObjectNode parse(byte[] body) {
		try {
			if (this.json.readTree(body) instanceof ObjectNode request) {
				return request;
			}
		}
		catch (StreamConstraintsException ex) {
			throw (ex.getMessage() != null && ex.getMessage().contains("nesting"))
					? RefusedException.nestedTooDeep(this.rules.maxDepth()) : RefusedException.notJson();
		}
		catch (JacksonException | NumberFormatException | ArithmeticException ex) {
			// said below: the parser's message may quote the prompt
		}
		throw RefusedException.notJson();
	}

	private void requireModel(ObjectNode request) {
		JsonNode model = request.path(MODEL);
		if (model.isMissingNode() || model.isNull()) {
			String defaultModel = this.rules.defaultModel();
			if (defaultModel == null || !this.rules.allows(defaultModel)) {
				throw RefusedException.missing(MODEL);
			}
			request.put(MODEL, defaultModel);
		}
	}

	private void requireModelsAllowed(ObjectNode request) {
		RequestedModels.in(request).forEach((model) -> requireAllowed(model.param(), model.id()));
	}

	private void requireAllowed(String param, JsonNode model) {
		String name = model.isString() ? model.asString() : "";
		if (name.isBlank() || name.length() > LONGEST_MODEL || name.chars().anyMatch(Character::isISOControl)) {
			throw RefusedException.invalid(param, "A model must be the id of a model, as text");
		}
		if (!this.rules.allows(name)) {
			throw RefusedException.modelNotAllowed(param, name);
		}
	}

	private void requireNothingDenied(ObjectNode request) {
		this.rules.deniedParameters().stream().filter(request::has).findFirst().ifPresent((name) -> {
			throw RefusedException.denied(name);
		});
	}

	private static void requireBoolean(ObjectNode request, String name) {
		JsonNode value = request.path(name);
		if (!value.isBoolean() && !value.isMissingNode() && !value.isNull()) {
			throw RefusedException.invalid(name, "The parameter '" + name + "' must be true or false");
		}
	}

	private void requireChoices(ObjectNode request) {
		BigDecimal choices = positiveNumber(request, "n");
		if (choices != null && choices.compareTo(BigDecimal.valueOf(this.rules.maxChoices())) > 0) {
			throw RefusedException.invalid("n", "The parameter 'n' must not exceed " + this.rules.maxChoices());
		}
	}

	private void limitOutput(ObjectNode request) {
		Long most = this.rules.maxOutputTokens();
		if (most == null) {
			return;
		}
		BigDecimal lowest = BigDecimal.valueOf(most);
		for (String name : OUTPUT_LIMITS) {
			BigDecimal limit = positiveNumber(request, name);
			if (limit == null) {
				request.remove(name);
			}
			else if (limit.compareTo(BigDecimal.valueOf(most)) > 0) {
				request.put(name, most);
			}
			else {
				lowest = lowest.min(limit);
			}
		}
		// the name that every provider knows; a model that refuses it gets the other one
		request.put(OUTPUT_LIMITS[0], lowest);
	}

	private static @Nullable BigDecimal positiveNumber(ObjectNode request, String name) {
		JsonNode value = request.path(name);
		if (value.isMissingNode() || value.isNull()) {
			return null;
		}
		if (!value.isNumber() || value.decimalValue().compareTo(BigDecimal.ONE) < 0) {
			throw RefusedException.invalid(name, "The parameter '" + name + "' must be a number from 1");
		}
		return value.decimalValue();
	}

}
