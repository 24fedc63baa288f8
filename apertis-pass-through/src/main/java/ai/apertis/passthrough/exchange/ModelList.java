package ai.apertis.passthrough.exchange;

import java.time.Duration;

import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.client.upstream.UpstreamResponse;
import ai.apertis.passthrough.route.RequestRules;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Cached list of the models that clients may use. Concurrent requests share one call to
 * the gateway.
 */
final class ModelList {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final Duration FAILURE_TIME_TO_LIVE = Duration.ofSeconds(5);

	private static final Log logger = LogFactory.getLog(ModelList.class);

	private final RequestRules rules;

	private final Mono<byte[]> models;

	ModelList(Upstream upstream, RequestRules rules, Duration timeToLive) {
		this.rules = rules;
		this.models = upstream.models()
			.map(this::allowed)
			.doOnError(ApertisException.class,
					(failure) -> logger.warn("The gateway's models cannot be listed: " + failure.getMessage()))
			.cache((models) -> timeToLive, (failure) -> shorter(timeToLive), () -> Duration.ZERO);
	}

	/**
	 * A gateway that fails is not asked with each request.
	 */
	private static Duration shorter(Duration timeToLive) {
		return (timeToLive.compareTo(FAILURE_TIME_TO_LIVE) < 0) ? timeToLive : FAILURE_TIME_TO_LIVE;
	}

	Mono<byte[]> models() {
		return this.models;
	}

	private byte[] allowed(UpstreamResponse response) {
		if (this.rules.allowedModels().isEmpty()) {
			return response.json();
		}
		if (!(parsed(response.json()) instanceof ObjectNode list) || !(list.path("data") instanceof ArrayNode models)) {
			throw unreadable();
		}
		models.removeIf((model) -> !this.rules.allows(model.path("id").asString("")));
		return JSON.writeValueAsBytes(list);
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
