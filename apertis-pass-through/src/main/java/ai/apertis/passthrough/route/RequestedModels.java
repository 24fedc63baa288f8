package ai.apertis.passthrough.route;

import java.util.ArrayList;
import java.util.List;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds the models that a request names.
 */
final class RequestedModels {

	private static final String MODEL = "model";

	private static final List<String> LISTS = List.of("fallback_models", "models");

	private static final String COMPRESSION = "compression";

	private RequestedModels() {
	}

	/**
	 * Read the models of a request.
	 * @throws RefusedException if a list of models is none
	 */
	static List<Requested> in(RequestBody request) {
		List<Requested> models = new ArrayList<>();
		add(models, MODEL, request.get(MODEL));
		for (String list : LISTS) {
			JsonNode named = request.get(list);
			if (named != null && !named.isNull() && !named.isArray()) {
				throw RequestReader.invalid(list, "The parameter '" + list + "' must be an array");
			}
			if (named != null) {
				named.forEach((model) -> add(models, list, model));
			}
		}
		JsonNode compression = request.get(COMPRESSION);
		if (compression != null && !compression.isNull() && !compression.isObject()) {
			throw RequestReader.invalid(COMPRESSION, "The parameter 'compression' must be an object");
		}
		JsonNode compressing = (compression != null) ? compression.get(MODEL) : null;
		if (compressing != null && !"auto".equals(compressing.asString(""))) {
			add(models, COMPRESSION, compressing);
		}
		return models;
	}

	private static void add(List<Requested> models, String param, @Nullable JsonNode id) {
		if (id != null && !id.isNull()) {
			models.add(new Requested(param, id));
		}
	}

	/**
	 * A model that a request names.
	 */
	record Requested(String param, JsonNode id) {
	}

}
