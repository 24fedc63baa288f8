package ai.apertis.passthrough.route;

import java.math.BigDecimal;
import java.util.List;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.LongNode;

/**
 * The route for chat completions. Requests that ask for more than the rules allow are
 * refused; what can be lowered is.
 */
public final class ChatCompletionsRoute implements Route {

	static final ErrorFormat ERRORS = new OpenAiErrorFormat();

	private static final String[] OUTPUT_LIMITS = { "max_tokens", "max_completion_tokens" };

	/** The objects that rules look into. */
	private static final List<String> LOOKED_INTO = List.of("stream_options", "compression");

	private final RequestRules rules;

	private final RequestReader reader;

	/**
	 * Create the route.
	 * @param rules what clients may ask for
	 */
	public ChatCompletionsRoute(RequestRules rules) {
		this.rules = rules;
		this.reader = new RequestReader(rules);
	}

	@Override
	public String path() {
		return "/v1/chat/completions";
	}

	@Override
	public ErrorFormat errors() {
		return ERRORS;
	}

	@Override
	public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
		RequestBody request = this.reader.read(body, LOOKED_INTO);
		this.reader.requireBoolean(request, "stream");
		requireChoices(request);
		return new ChatCompletionsRequest(caller, user, withLimitedOutput(request));
	}

	private void requireChoices(RequestBody request) {
		BigDecimal choices = positiveNumber(request, "n");
		if (choices != null && choices.compareTo(BigDecimal.valueOf(this.rules.maxChoices())) > 0) {
			throw RequestReader.invalid("n", "The parameter 'n' must not exceed " + this.rules.maxChoices());
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
			throw RequestReader.invalid(name, "The parameter '" + name + "' must be a number from 1");
		}
		return value.decimalValue();
	}

}
