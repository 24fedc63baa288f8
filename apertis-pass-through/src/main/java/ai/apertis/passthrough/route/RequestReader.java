package ai.apertis.passthrough.route;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Reads the bodies of clients' requests by the rules that hold for every route: JSON
 * within bounds, names that no gateway can mistake, allowed models, no denied parameters.
 * Safe for use by several threads.
 */
public final class RequestReader {

	private static final int MAX_MODEL_LENGTH = 200;

	private static final String MODEL = "model";

	private final RequestRules rules;

	private final JsonMapper json;

	private final MemberNames names;

	/**
	 * Create a reader.
	 * @param rules what clients may ask for
	 */
	public RequestReader(RequestRules rules) {
		this(rules, List.of());
	}

	/**
	 * Create a reader for a protocol with parameters of its own.
	 * @param rules what clients may ask for
	 * @param parameters the parameters that no gateway may mistake, besides the usual
	 * ones
	 */
	public RequestReader(RequestRules rules, Collection<String> parameters) {
		this.rules = rules;
		this.json = BodyScan.mapper(rules);
		List<String> known = new ArrayList<>(rules.deniedParameters());
		known.addAll(parameters);
		this.names = new MemberNames(known);
	}

	/**
	 * Read a body.
	 * @param body the body as it came
	 * @param lookedInto the parameters that are objects into which the route looks
	 * @return the body
	 * @throws RefusedException if it must not be sent upstream
	 */
	public RequestBody read(byte[] body, Collection<String> lookedInto) {
		return read(body, Translation.NONE, lookedInto);
	}

	/**
	 * Read a body of another form than that of the gateway's protocol. The rules hold for
	 * what it is translated to, which is what goes upstream.
	 * @param body the body as it came
	 * @param translation translates it
	 * @param lookedInto the parameters that are objects into which the route looks
	 * @return the body in the form of the protocol
	 * @throws RefusedException if it must not be sent upstream
	 */
	public RequestBody read(byte[] body, Translation translation, Collection<String> lookedInto) {
		BodyScan scan = new BodyScan(this.json, this.rules, this.names);
		RequestBody request = withModel(translation.translate(scan.read(body, translation.members())));
		for (String name : lookedInto) {
			request = unmistakable(request, name);
		}
		requireModelsAllowed(request);
		requireNothingDenied(request);
		return request;
	}

	private RequestBody withModel(RequestBody request) {
		JsonNode model = request.get(MODEL);
		if (model != null && !model.isNull()) {
			return request;
		}
		String defaultModel = this.rules.defaultModel();
		if (defaultModel == null || !this.rules.allows(defaultModel)) {
			throw missing(MODEL);
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
			throw invalid(param, "A model must be the id of a model, as text");
		}
		if (!this.rules.allows(name)) {
			throw RefusedException.modelNotAllowed(name).withParam(param);
		}
	}

	private void requireNothingDenied(RequestBody request) {
		this.rules.deniedParameters().stream().filter(request::has).findFirst().ifPresent((name) -> {
			throw RefusedException.of(400, "unsupported_parameter", "The parameter '" + name + "' must not be set here")
				.withParam(name);
		});
	}

	/**
	 * Require a parameter to be a boolean, if it is set.
	 * @param request the body
	 * @param name the parameter's name
	 * @throws RefusedException if it is something else
	 */
	public void requireBoolean(RequestBody request, String name) {
		JsonNode value = request.get(name);
		if (value != null && !value.isBoolean() && !value.isNull()) {
			throw invalid(name, "The parameter '" + name + "' must be true or false");
		}
	}

	/**
	 * Require a number not to exceed a limit, if it is set.
	 * @param request the body
	 * @param name the parameter's name
	 * @param max the limit
	 * @throws RefusedException if it is larger, or no number from 1
	 */
	public void requireAtMost(RequestBody request, String name, long max) {
		BigDecimal value = positiveNumber(request, name);
		if (value != null && value.compareTo(BigDecimal.valueOf(max)) > 0) {
			throw invalid(name, "The parameter '" + name + "' must not exceed " + max);
		}
	}

	/**
	 * Lower the limits of output tokens to that of the rules, if there is one.
	 * @param request the body
	 * @param names the names of the parameters that limit the output; the first one is
	 * always sent then, with the lowest limit
	 * @return the body with the limits lowered
	 * @throws RefusedException if one of them is no number from 1
	 */
	public RequestBody limitOutput(RequestBody request, String... names) {
		Long max = this.rules.maxOutputTokens();
		if (max == null) {
			return request;
		}
		RequestBody limited = request;
		BigDecimal lowest = BigDecimal.valueOf(max);
		for (String name : names) {
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
		return limited.with(names[0], DecimalNode.valueOf(lowest));
	}

	private static @Nullable BigDecimal positiveNumber(RequestBody request, String name) {
		JsonNode value = request.get(name);
		if (value == null || value.isNull()) {
			return null;
		}
		if (!value.isNumber() || value.decimalValue().compareTo(BigDecimal.ONE) < 0) {
			throw invalid(name, "The parameter '" + name + "' must be a number from 1");
		}
		return value.decimalValue();
	}

	/**
	 * Return a text of a client as it can be quoted in a message.
	 * @param text the text
	 * @param maxLength the maximum number of characters to keep
	 * @return the text in printable ASCII
	 */
	public static String printable(String text, int maxLength) {
		String printable = text.replaceAll("[^ -~]", "?");
		return printable.substring(0, Math.min(printable.length(), maxLength));
	}

	/**
	 * Refuse the value of a parameter.
	 * @param param the parameter's name
	 * @param message what to tell the client
	 * @return the refusal
	 */
	public static RefusedException invalid(String param, String message) {
		return RefusedException.of(400, "invalid_parameter", message).withParam(param);
	}

	/**
	 * Refuse a request that lacks a parameter.
	 * @param param the parameter's name
	 * @return the refusal
	 */
	public static RefusedException missing(String param) {
		return RefusedException.of(400, "missing_parameter", "Missing required parameter '" + param + "'")
			.withParam(param);
	}

}
