package ai.apertis.passthrough;

import java.time.Duration;
import java.util.Map;

import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.client.upstream.UpstreamAnswer;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The models that clients may ask, kept for a while: of all that ask at the same time,
 * one asks the gateway.
 */
final class ModelList {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final RequestRules rules;

	private final Mono<Answer.Json> models;

	ModelList(Upstream upstream, RequestRules rules, Duration kept) {
		this.rules = rules;
		this.models = upstream.models()
			.map(this::allowed)
			.cache((models) -> kept, (failure) -> Duration.ZERO, () -> Duration.ZERO);
	}

	Answer answer() {
		return Answer.ofJson(this.models);
	}

	private Answer.Json allowed(UpstreamAnswer answer) {
		if (this.rules.allowedModels().isEmpty()) {
			return new Answer.Json(answer.json(), Map.of());
		}
		if (!(parsed(answer.json()) instanceof ObjectNode list) || !(list.path("data") instanceof ArrayNode models)) {
			throw unreadable();
		}
		models.removeIf((model) -> !this.rules.allows(model.path("id").asString("")));
		return new Answer.Json(JSON.writeValueAsBytes(list), Map.of());
	}

	private static JsonNode parsed(byte[] json) {
		try {
			return JSON.readTree(json);
		}
		catch (JacksonException ex) {
			throw unreadable();
		}
	}

	private static MalformedResponseException unreadable() {
		return new MalformedResponseException("The gateway's answer is not the JSON of a list of models", null);
	}

}
