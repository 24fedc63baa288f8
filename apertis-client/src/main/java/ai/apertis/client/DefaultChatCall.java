package ai.apertis.client;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.client.upstream.UpstreamStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The {@link ChatCall} that the client prepares.
 */
final class DefaultChatCall implements ChatCall {

	private final Upstream upstream;

	private final ChatJson json;

	private final ChatObservations observations;

	private final ChatCompletionRequest request;

	DefaultChatCall(Upstream upstream, ChatJson json, ChatObservations observations, ChatCompletionRequest request) {
		this.upstream = upstream;
		this.json = json;
		this.observations = observations;
		this.request = request;
	}

	@Override
	public Flux<ChatCompletionChunk> chunks() {
		return Flux.deferContextual((context) -> chunks(context, new ChunkCollector(this.json)));
	}

	@Override
	public Mono<ChatCompletion> completion() {
		return Mono.deferContextual((context) -> {
			ChunkCollector collector = new ChunkCollector(this.json);
			return chunks(context, collector).then(Mono.fromSupplier(collector::completion));
		});
	}

	@Override
	public Mono<ChatCompletion> call() {
		return Mono.deferContextual((context) -> {
			byte[] body = this.json.writeWhole(this.request);
			ChatObservation observation = this.observations.start(this.request.model().orElse(null), context);
			return this.upstream.completion(body, observation)
				.map((answer) -> this.json.readCompletion(answer.json()))
				.contextWrite(observation.asParent());
		});
	}

	private Flux<ChatCompletionChunk> chunks(ContextView context, ChunkCollector collector) {
		byte[] body = this.json.writeStreaming(this.request);
		ChatObservation observation = this.observations.start(this.request.model().orElse(null), context);
		return this.upstream.stream(body, observation).read(collector).contextWrite(observation.asParent());
	}

	@Override
	public ChatStream open() {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException("open() blocks, which thread " + Thread.currentThread().getName()
					+ " must not do: use chunks() or content() instead");
		}
		byte[] body = this.json.writeStreaming(this.request);
		ChatObservation observation = this.observations.start(this.request.model().orElse(null), Context.empty());
		UpstreamStream stream = this.upstream.stream(body, observation);
		DefaultChatStream open = new DefaultChatStream(stream.events(), new ChunkCollector(this.json));
		stream.body().contextWrite(observation.asParent()).subscribe(open);
		return open;
	}

}
