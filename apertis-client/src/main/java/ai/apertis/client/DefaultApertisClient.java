package ai.apertis.client;

import java.util.Map;

import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.Model;
import ai.apertis.client.connection.ConnectionPool;
import ai.apertis.client.embedding.EmbeddingJson;
import ai.apertis.client.embedding.EmbeddingRequest;
import ai.apertis.client.embedding.Embeddings;
import ai.apertis.client.error.Setting;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ObservedRequest;
import ai.apertis.client.protocol.EmbeddingsApi;
import ai.apertis.client.protocol.RerankApi;
import ai.apertis.client.rerank.Ranking;
import ai.apertis.client.rerank.RerankJson;
import ai.apertis.client.rerank.RerankRequest;
import ai.apertis.client.responses.ResponseCall;
import ai.apertis.client.responses.ResponseRequest;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.upstream.UpstreamResponse;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

/**
 * Default {@link ApertisClient}.
 */
final class DefaultApertisClient implements ApertisClient {

	private final ClientResources calls;

	private final Map<String, Object> defaults;

	private final @Nullable ConnectionPool connections;

	/**
	 * Create a client.
	 * @param connections what the client owns and has to close, {@code null} for nothing
	 */
	DefaultApertisClient(ClientResources calls, Map<String, Object> defaults, @Nullable ConnectionPool connections) {
		this.calls = calls;
		this.defaults = defaults;
		this.connections = connections;
	}

	@Override
	public ChatCall chat(ChatCompletionRequest request) {
		Assert.notNull(request, "The request must not be null");
		ChatCompletionRequest complete = request.withDefaults(this.defaults);
		if (complete.model().filter(StringUtils::hasText).isEmpty()) {
			throw new IllegalArgumentException("The request names no model and there is no default:"
					+ " call model(\"...\") on the request, or set " + this.calls.upstream().name(Setting.MODEL));
		}
		return new DefaultChatCall(this.calls, complete);
	}

	@Override
	public Flux<Model> models() {
		return this.calls.upstream().models().flatMapIterable((answer) -> this.calls.json().readModels(answer.json()));
	}

	@Override
	public ResponseCall responses(ResponseRequest request) {
		ResponseRequest complete = request;
		Object model = this.defaults.get("model");
		if (request.model().isEmpty() && model != null) {
			complete = request.with("model", model);
		}
		if (complete.model().filter(StringUtils::hasText).isEmpty()) {
			throw new IllegalArgumentException("The request names no model and there is no default:"
					+ " call model(\"...\") on the request, or set " + this.calls.upstream().name(Setting.MODEL));
		}
		return new DefaultResponseCall(this.calls, complete, this.calls.upstream().options());
	}

	@Override
	public Mono<Embeddings> embeddings(EmbeddingRequest request) {
		return Flux.fromIterable(request.batches())
			.concatMap((
					batch) -> call(EmbeddingsApi.request(batch.model(), EmbeddingJson.write(batch)), batch.parameters())
						.map((json) -> EmbeddingJson.read(json, batch.inputs().size())))
			.reduce(Embeddings::followedBy);
	}

	@Override
	public Mono<Ranking> rerank(RerankRequest request) {
		return call(RerankApi.request(request.model(), RerankJson.write(request)), request.parameters())
			.map((json) -> RerankJson.read(json, request.documents().size()));
	}

	private Mono<byte[]> call(ApiRequest request, Map<String, Object> parameters) {
		return Mono.deferContextual((context) -> {
			ChatObservation observation = this.calls.observations()
				.start(new ObservedRequest(request, this.calls.server(), parameters::get), context);
			return observation
				.over(this.calls.upstream().call(request, this.calls.upstream().options(), observation).flux())
				.map(UpstreamResponse::json)
				.next();
		});
	}

	@Override
	public void close() {
		if (this.connections != null) {
			this.connections.close();
		}
	}

}
