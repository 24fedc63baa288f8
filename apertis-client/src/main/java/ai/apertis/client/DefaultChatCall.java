package ai.apertis.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ObservedRequest;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.upstream.CallAttempts;
import ai.apertis.client.upstream.UpstreamStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Default {@link ChatCall}.
 */
final class DefaultChatCall implements ChatCall {

	private static final Duration FALLBACK_MARGIN = Duration.ofSeconds(5);

	private final ClientResources client;

	private final ChatCompletionRequest request;

	private final CallOptions options;

	private final StreamListener listener;

	DefaultChatCall(ClientResources client, ChatCompletionRequest request) {
		this(client, request, client.upstream().options(), StreamListener.NONE);
	}

	private DefaultChatCall(ClientResources client, ChatCompletionRequest request, CallOptions options,
			StreamListener listener) {
		this.client = client;
		this.request = request;
		this.options = patient(options, request.fallbackTime());
		this.listener = listener;
	}

	/**
	 * The gateway waits for each of its fallback models in turn: whoever gives up before
	 * it has gone through them never gets an answer.
	 */
	private static CallOptions patient(CallOptions options, Duration fallbackTime) {
		Duration timeout = fallbackTime.plus(FALLBACK_MARGIN);
		boolean streamInTime = fallbackTime.compareTo(options.limits().firstChunkTimeout()) < 0;
		CallOptions patient = streamInTime ? options : options.withFirstChunkTimeout(timeout);
		boolean wholeInTime = fallbackTime.compareTo(options.limits().wholeResponseTimeout()) < 0;
		return wholeInTime ? patient : patient.withWholeResponseTimeout(timeout);
	}

	@Override
	public ChatCall options(UnaryOperator<CallOptions> change) {
		return new DefaultChatCall(this.client, this.request, change.apply(this.options), this.listener);
	}

	@Override
	public ChatCall onResponse(Consumer<ResponseMetadata> consumer) {
		return new DefaultChatCall(this.client, this.request, this.options, this.listener
			.and(StreamListener.forResponse((headers) -> consumer.accept(new ResponseMetadata(headers)))));
	}

	@Override
	public Flux<ChatCompletionChunk> chunks() {
		return Flux.deferContextual((context) -> {
			ApiRequest sent = streamed();
			ChatObservation observation = observe(sent, context);
			return observation.over(stream(sent, observation).read(new ChunkCollector(this.client.json())));
		});
	}

	@Override
	public Mono<ChatCompletion> completion() {
		return Mono.deferContextual((context) -> {
			ApiRequest sent = streamed();
			ChatObservation observation = observe(sent, context);
			LastAttempt attempt = new LastAttempt(observation.and(this.listener));
			CallAttempts attempts = new CallAttempts(this.options, attempt::onRetry);
			return observation.over(Mono.defer(() -> {
				ChunkCollector collector = new ChunkCollector(this.client.json());
				return this.client.upstream()
					.stream(sent, this.options, attempts, attempt)
					.read(collector)
					.then(Mono.fromSupplier(collector::completion));
			})
				// nothing was handed on, so that it may begin anew
				.doOnError(ApertisException.class, attempt::keep)
				.retryWhen(attempts.collected())
				.transform(attempt::endingWith)
				.flux()).next();
		});
	}

	@Override
	public <T> Mono<T> completion(ParameterizedTypeReference<T> type) {
		StructuredOutput<T> output = this.client.structured(type);
		return asking(output).completion().map(output::read);
	}

	@Override
	public <T> Mono<T> call(ParameterizedTypeReference<T> type) {
		StructuredOutput<T> output = this.client.structured(type);
		return asking(output).call().map(output::read);
	}

	private ChatCall asking(StructuredOutput<?> output) {
		return new DefaultChatCall(this.client, output.ask(this.request), this.options, this.listener);
	}

	private ApiRequest streamed() {
		return request(true, this.client.json().writeStreaming(this.request));
	}

	private ApiRequest request(boolean streaming, byte[] json) {
		return ChatCompletionsApi.request(this.request.model().orElse(null), this.request.choices(), streaming, json);
	}

	private UpstreamStream stream(ApiRequest sent, StreamListener listener) {
		return this.client.upstream().stream(sent, this.options, listener.and(this.listener));
	}

	private ChatObservation observe(ApiRequest sent, ContextView context) {
		return this.client.observations()
			.start(new ObservedRequest(sent, this.client.server(), this.request.parameters()::get), context);
	}

	@Override
	public Mono<ChatCompletion> call() {
		return Mono.deferContextual((context) -> {
			ApiRequest sent = request(false, this.client.json().writeWhole(this.request));
			ChatObservation observation = observe(sent, context);
			return observation
				.over(this.client.upstream().call(sent, this.options, observation.and(this.listener)).flux())
				.map((answer) -> this.client.json().readCompletion(answer.json()))
				.next();
		});
	}

	@Override
	public ChatStream open() {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException("open() blocks, which thread " + Thread.currentThread().getName()
					+ " must not do: use chunks() or content() instead");
		}
		ApiRequest sent = streamed();
		ChatObservation observation = observe(sent, Context.empty());
		CompletableFuture<ResponseMetadata> metadata = new CompletableFuture<>();
		UpstreamStream stream = stream(sent, observation
			.and(StreamListener.forResponse((headers) -> metadata.complete(new ResponseMetadata(headers)))));
		DefaultChatStream open = new DefaultChatStream(stream.events(), new ChunkCollector(this.client.json()),
				metadata, this.options.limits().contentTimeout() != null);
		// what the calling thread carries is seen by the filters of the HTTP client
		observation.over(stream.body()).contextCapture().subscribe(open);
		return open;
	}

}
