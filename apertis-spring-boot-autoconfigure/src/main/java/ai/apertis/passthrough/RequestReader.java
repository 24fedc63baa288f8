package ai.apertis.passthrough;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Reads clients' requests: what is no request, or asks for more than the rules allow, is
 * refused; what can be lowered is.
 */
final class RequestReader {

	private static final int MAX_MODEL_LENGTH = 200;

	private static final String MODEL = "model";

	private static final String[] OUTPUT_LIMITS = { "max_tokens", "max_completion_tokens" };

	/** The objects that rules look into. */
	private static final List<String> LOOKED_INTO = List.of("stream_options", "compression");

	private final RequestRules rules;

	private final JsonMapper json;

	private final MemberNames names;

	RequestReader(RequestRules rules) {
		this.rules = rules;
		this.json = RequestBody.reader(rules);
		this.names = new MemberNames(rules.deniedParameters());
	}

	/**
	 * Read a request.
	 * @param body the body as it came
	 * @throws RefusedException if it must not be sent upstream
	 */
	PassThroughRequest read(Caller caller, @Nullable String user, byte[] body) {
		RequestBody request = withModel(RequestBody.read(body, this.json, this.rules, this.names));
		for (String name : LOOKED_INTO) {
			request = unmistakable(request, name);
		}
		requireModelsAllowed(request);
		requireNothingDenied(request);
		requireBoolean(request, "stream");
		requireChoices(request);
		return new PassThroughRequest(caller, user, withLimitedOutput(request));
	}

	private RequestBody withModel(RequestBody request) {
		JsonNode model = request.get(MODEL);
		if (model != null && !model.isNull()) {
			return request;
		}
		String defaultModel = this.rules.defaultModel();
		if (defaultModel == null || !this.rules.allows(defaultModel)) {
			throw RefusedException.missing(MODEL);
		}
		return request.with(MODEL, StringNode.valueOf(defaultModel));
	}

	/**
	 * What is looked into goes upstream as it was read, without what was there twice.
	 */
	private RequestBody unmistakable(RequestBody request, String name) {
		if (!(request.get(name) instanceof ObjectNode object)) {
			return request;
		}
		Map<String, String> before = new HashMap<>();
		object.propertyNames().forEach((member) -> this.names.requireUnmistakable(member, before));
		return request.with(name, object);
	}

	private void requireModelsAllowed(RequestBody request) {
		RequestedModels.in(request).forEach((model) -> requireAllowed(model.param(), model.id()));
	}

	private void requireAllowed(String param, JsonNode model) {
		String name = model.isString() ? model.asString() : "";
		if (name.isBlank() || name.length() > MAX_MODEL_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
			throw RefusedException.invalid(param, "A model must be the id of a model, as text");
		}
		if (!this.rules.allows(name)) {
			throw RefusedException.modelNotAllowed(param, name);
		}
	}

	private void requireNothingDenied(RequestBody request) {
		this.rules.deniedParameters().stream().filter(request::has).findFirst().ifPresent((name) -> {
			throw RefusedException.denied(name);
		});
	}

	private static void requireBoolean(RequestBody request, String name) {
		JsonNode value = request.get(name);
		if (value != null && !value.isBoolean() && !value.isNull()) {
			throw RefusedException.invalid(name, "The parameter '" + name + "' must be true or false");
		}
	}

	private void requireChoices(RequestBody request) {
		BigDecimal choices = positiveNumber(request, "n");
		if (choices != null && choices.compareTo(BigDecimal.valueOf(this.rules.maxChoices())) > 0) {
			throw RefusedException.invalid("n", "The parameter 'n' must not exceed " + this.rules.maxChoices());
		}
	}

	private RequestBody withLimitedOutput(RequestBody request) {
		Long max = this.rules.maxOutputTokens();
		if (max == null) {
			return request;
		}
		RequestBody limited = request;
		BigDecimal lowest = BigDecimal.valueOf(max);
		for (String name : OUTPUT_LIMITS) {
			BigDecimal limit = positiveNumber(request, name);
			if (limit == null) {
				limited = limited.without(name);
			}
			else if (limit.compareTo(BigDecimal.valueOf(max)) > 0) {
				limited = limited.with(name, LongNode.valueOf(max));
			}
			else {
				lowest = lowest.min(limit);
			}
		}
		// the name that every provider knows; a model that refuses it gets the other one
		return limited.with(OUTPUT_LIMITS[0], DecimalNode.valueOf(lowest));
	}

	private static @Nullable BigDecimal positiveNumber(RequestBody request, String name) {
		JsonNode value = request.get(name);
		if (value == null || value.isNull()) {
			return null;
		}
		if (!value.isNumber() || value.decimalValue().compareTo(BigDecimal.ONE) < 0) {
			throw RefusedException.invalid(name, "The parameter '" + name + "' must be a number from 1");
		}
		return value.decimalValue();
	}

}
