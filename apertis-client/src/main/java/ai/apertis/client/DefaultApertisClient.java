package ai.apertis.client;

import java.util.Map;

import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.Model;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.Upstream;
import reactor.core.publisher.Flux;

/**
 * The {@link ApertisClient} that the builder makes.
 */
final class DefaultApertisClient implements ApertisClient {

	private final Upstream upstream;

	private final ChatJson json;

	private final ChatObservations observations;

	private final Map<String, Object> defaults;

	DefaultApertisClient(Upstream upstream, ChatJson json, ChatObservations observations,
			Map<String, Object> defaults) {
		this.upstream = upstream;
		this.json = json;
		this.observations = observations;
		this.defaults = defaults;
	}

	@Override
	public ChatCall chat(ChatCompletionRequest request) {
		ChatCompletionRequest complete = request.withDefaults(this.defaults);
		if (complete.model().isEmpty()) {
			throw new IllegalArgumentException("The request names no model and there is no default:"
					+ " call model(\"...\") on the request, or set apertis.chat.model");
		}
		return new DefaultChatCall(this.upstream, this.json, this.observations, complete);
	}

	@Override
	public Flux<Model> models() {
		return this.upstream.models().flatMapIterable((answer) -> this.json.readModels(answer.json()));
	}

}
