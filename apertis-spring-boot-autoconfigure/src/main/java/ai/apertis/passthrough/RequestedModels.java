package ai.apertis.passthrough;

import java.util.ArrayList;
import java.util.List;

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
	static List<Requested> in(JsonNode request) {
		List<Requested> models = new ArrayList<>();
		add(models, MODEL, request.path(MODEL));
		for (String list : LISTS) {
			JsonNode named = request.path(list);
			if (!named.isMissingNode() && !named.isNull() && !named.isArray()) {
				throw RefusedException.invalid(list, "The parameter '" + list + "' must be an array");
			}
			named.forEach((model) -> add(models, list, model));
		}
		JsonNode compressing = request.path(COMPRESSION).path(MODEL);
		if (!"auto".equals(compressing.asString(""))) {
			add(models, COMPRESSION, compressing);
		}
		return models;
	}

	private static void add(List<Requested> models, String param, JsonNode id) {
		if (!id.isMissingNode() && !id.isNull()) {
			models.add(new Requested(param, id));
		}
	}

	/**
	 * A model that a request names.
	 */
	record Requested(String param, JsonNode id) {
	}

}
