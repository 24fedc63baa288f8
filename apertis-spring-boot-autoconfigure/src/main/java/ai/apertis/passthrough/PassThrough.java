package ai.apertis.passthrough;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ObservedRequest;
import ai.apertis.client.observation.ServerAddress;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.passthrough.ActiveStreams.ActiveStream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Relays a client's request to the gateway and the gateway's answer to the client, and
 * counts its tokens. Knows neither of the web stacks. Safe for use by several threads.
 * <p>
 * A request is read and held against the rules at once; then its user must be admitted,
 * the policies decide, and only then is it sent upstream.
 */
public final class PassThrough {

	/**
	 * How long to leave a broken stream open behind the event that tells of its failure.
	 * A browser throws away what its page has not read yet when a connection breaks.
	 */
	public static final Duration BREAK_OFF_DELAY = Duration.ofMillis(200);

	private final Upstream upstream;

	private final ChatObservations observations;

	private final PassThroughSettings settings;

	private final AccessControl access;

	private final ActiveStreams active;

	private final RequestMemory memory;

	private final PassThroughEvents listener;

	private final RequestReader requests;

	private final ModelList models;

	private final ServerAddress server;

	/**
	 * Create a pass-through.
	 * @param upstream the exchange with the gateway
	 * @param observations how calls are observed
	 * @param settings how it behaves
	 * @param access who may ask for what
	 * @param active the answers that are under way
	 * @param memory what their requests may take
	 * @param listener hears of what it does besides relaying
	 */
	public PassThrough(Upstream upstream, ChatObservations observations, PassThroughSettings settings,
			AccessControl access, ActiveStreams active, RequestMemory memory, PassThroughEvents listener) {
		this.upstream = upstream;
		this.observations = observations;
		this.settings = settings;
		this.access = access;
		this.active = active;
		this.memory = memory;
		this.listener = listener;
		this.requests = new RequestReader(settings.rules());
		this.server = ServerAddress.of(upstream.baseUrl());
		this.models = new ModelList(upstream, settings.rules(), settings.modelsTimeToLive());
		String defaultModel = settings.rules().defaultModel();
		if (defaultModel != null) {
			observations.add(defaultModel);
		}
	}

	/**
	 * Refuse a request for which there is no room, before its body is read.
	 * @throws RefusedException if there are too many answers under way, or the
	 * application shuts down
	 */
	public void requireRoom() {
		RefusedException refusal = this.active.refusal();
		if (refusal != null) {
			throw refuse(refusal);
		}
	}

	/**
	 * Refuse a request whose body is not declared as JSON: a page of another site can
	 * post a form, but no JSON.
	 * @param contentType the request's content type, {@code null} if it has none
	 * @throws RefusedException if it is not {@code application/json}
	 */
	public void requireJson(@Nullable String contentType) {
		String type = (contentType != null) ? contentType.split(";", 2)[0].strip() : "";
		if (!MediaType.APPLICATION_JSON_VALUE.equalsIgnoreCase(type)) {
			throw refuse(RefusedException.unsupportedMediaType());
		}
	}

	/**
	 * Refuse a request whose body is too large.
	 * @param limit the most bytes that a body may have
	 * @return the refusal
	 */
	public RefusedException tooLarge(long limit) {
		return refuse(RefusedException.tooLarge(limit));
	}

	/**
	 * Begin to receive a request's body.
	 * @return what it takes, which is to be closed
	 */
	public RequestMemory.Held receiving() {
		return this.memory.hold();
	}

	/**
	 * Refuse a request whose body does not arrive.
	 * @param limit how long it may take
	 * @return the refusal
	 */
	public RefusedException tooSlow(Duration limit) {
		return refuse(RefusedException.tooSlow(limit));
	}

	/**
	 * A piece of a request's body has come.
	 * @param held what the body takes
	 * @param bytes how many bytes it has
	 * @throws RefusedException if there is no room for it
	 */
	public void received(RequestMemory.Held held, int bytes) {
		try {
			held.add(bytes);
		}
		catch (RefusedException ex) {
			throw refuse(ex);
		}
	}

	/**
	 * Decode a request's body, if its client has compressed it.
	 * @param coding the request's {@code Content-Encoding}, {@code null} if it has none
	 * @param body the body as it came
	 * @param limit the most bytes that it may have when it is decoded
	 * @param held what the body takes
	 * @return the body as it was before
	 * @throws RefusedException if there is no room for it, or if it is too large then, or
	 * in a coding that is not known
	 */
	public byte[] decode(@Nullable String coding, byte[] body, int limit, RequestMemory.Held held) {
		try {
			return RequestCoding.decode(coding, body, limit, held);
		}
		catch (RefusedException ex) {
			throw refuse(ex);
		}
	}

	private RefusedException refuse(RefusedException refusal) {
		this.listener.refused(refusal.code());
		return refusal;
	}

	/**
	 * Read a client's request for a chat completion.
	 * @param caller who has sent it
	 * @param body its body
	 * @return the answer to it
	 * @throws RefusedException if the request cannot be sent upstream
	 */
	public StreamedResponse completion(Caller caller, byte[] body) {
		PassThroughRequest request = read(caller, body);
		Context parent = this.observations.withParent(Context.empty());
		StreamedResponse response = request.isStreaming() ? streamed(request) : whole(request);
		Flux<ByteBuffer> observed = response.body()
			.doOnError(RefusedException.class, this::refuse)
			.contextWrite((context) -> parent.putAll(context.readOnly()));
		return new StreamedResponse(response.head(), observed, response.broken(), response.stalled(),
				response.signOfLife());
	}

	private PassThroughRequest read(Caller caller, byte[] body) {
		try {
			return this.requests.read(caller, this.access.user(caller), body);
		}
		catch (RefusedException ex) {
			throw refuse(ex);
		}
	}

	/**
	 * Tell a client the models that it may ask. The limits of its user hold for this too.
	 * @param caller who asks
	 * @return the answer
	 */
	public StreamedResponse models(Caller caller) {
		return new WholeDelivery(this.settings.writeTimeout())
			.respond((delivery) -> Flux
				.usingWhen(
						Mono.defer(() -> this.access.admit(caller, this.access.user(caller)))
							.map((permit) -> new HeldPermit(permit, this.memory.hold())),
						(permit) -> this.models.models().flatMapMany((models) -> delivery.deliver(models, Map.of())),
						HeldPermit::release)
				.doOnError(RefusedException.class, this::refuse));
	}

	private StreamedResponse streamed(PassThroughRequest request) {
		StreamedExchange exchange = new StreamedExchange(request.isUsageWanted());
		return new StreamedResponse(exchange::head, admitted(request, exchange::events), exchange::isBroken,
				exchange.stalled(), () -> this.settings.heartbeat().isOn() ? Heartbeat.comment() : null);
	}

	private StreamedResponse whole(PassThroughRequest request) {
		return new WholeDelivery(this.settings.writeTimeout())
			.respond((delivery) -> admitted(request, (admitted) -> json(admitted, delivery)));
	}

	/**
	 * What holds the place of a user is given back in any case.
	 */
	private <T> Flux<T> admitted(PassThroughRequest request, Function<AdmittedRequest, Publisher<T>> response) {
		return Flux.usingWhen(this.access.admit(request.caller(), request.user())
			.map((permit) -> new HeldPermit(permit, this.memory.hold())), (permit) -> Flux.defer(() -> {
				permit.memory().add(request.size());
				return this.access.decide(request)
					.flatMapMany((decided) -> response.apply(new AdmittedRequest(decided, permit)));
			}), HeldPermit::release);
	}

	/**
	 * The place of the answer, and its memory, are held until it is delivered.
	 */
	private Flux<ByteBuffer> json(AdmittedRequest admitted, WholeDelivery delivery) {
		Sinks.One<ByteBuffer> stopped = Sinks.one();
		return Flux.using(() -> this.active.begin(admitted.request(), stopped::tryEmitError),
				(stream) -> completion(admitted, delivery).takeUntilOther(stopped.asMono())
					.onErrorResume(RefusedException.class, delivery::stop),
				this.active::end);
	}

	private Flux<ByteBuffer> completion(AdmittedRequest admitted, WholeDelivery delivery) {
		return Flux.deferContextual((context) -> {
			ApiRequest sent = admitted.request().toUpstream();
			ChatObservation observation = observe(admitted, sent, context);
			return observation.over(this.upstream.call(sent, options(admitted),
					observation.and(admitted.spending(observation)), (response) -> delivery.deliver(response.json(),
							this.settings.headers().toClient(response.headers()))));
		});
	}

	private ChatObservation observe(AdmittedRequest admitted, ApiRequest sent, ContextView context) {
		return this.observations.start(new ObservedRequest(sent, this.server, admitted.request()::parameter), context);
	}

	private CallOptions options(AdmittedRequest admitted) {
		Heartbeat heartbeat = this.settings.heartbeat();
		CallOptions options = this.upstream.options();
		// every client of this protocol can wait by itself, if it is told so
		options = options
			.withRetries(options.retries().withStatusTimeout(heartbeat.isOn() ? heartbeat.initialDelay() : null));
		for (Map.Entry<String, String> header : this.settings.headers()
			.toUpstream(admitted.request().caller().headers())
			.entrySet()) {
			options = options.withHeader(header.getKey(), header.getValue());
		}
		return options;
	}

	/**
	 * One streamed answer.
	 */
	private final class StreamedExchange {

		private final VerbatimFormat format;

		private volatile Map<String, String> headers = Map.of();

		private volatile @Nullable Delivery delivery;

		private final Sinks.One<Delivery> known = Sinks.one();

		private volatile @Nullable RefusedException stopped;

		StreamedExchange(boolean usageWanted) {
			this.format = new VerbatimFormat(usageWanted);
		}

		ResponseHead head() {
			return ResponseHead.ofStream(this.headers);
		}

		boolean isBroken() {
			Delivery delivery = this.delivery;
			return delivery != null && delivery.isBroken();
		}

		Mono<Void> stalled() {
			return this.known.asMono().flatMap(Delivery::stalled);
		}

		Flux<ByteBuffer> events(AdmittedRequest admitted) {
			return Flux.using(() -> PassThrough.this.active.begin(admitted.request(), this::stop),
					(stream) -> Flux.deferContextual((context) -> delivery(admitted, context)), this::end);
		}

		private Delivery delivery(AdmittedRequest admitted, ContextView context) {
			ApiRequest sent = admitted.request().toUpstream();
			ChatObservation observation = observe(admitted, sent, context);
			StreamListener listener = observation.and(admitted.spending(observation))
				.and(new GatewayHeaders(this::onResponse));
			Flux<ByteBuffer> relayed = observation
				.over(PassThrough.this.upstream.stream(sent, options(admitted), listener).read(this.format));
			Delivery delivery = new Delivery(relayed, this.format, PassThrough.this.settings, PassThrough.this.listener,
					observation::abandoned);
			admitted.permit().keepUntil(delivery.ended());
			this.delivery = delivery;
			this.known.tryEmitValue(delivery);
			stopIfWanted();
			return delivery;
		}

		/**
		 * A stream that is read on keeps its place.
		 */
		private void end(ActiveStream stream) {
			Delivery delivery = this.delivery;
			Mono<Void> ended = (delivery != null) ? delivery.ended() : Mono.empty();
			ended.subscribe(null, null, () -> PassThrough.this.active.end(stream));
		}

		private void stop(RefusedException reason) {
			this.stopped = reason;
			stopIfWanted();
		}

		private void stopIfWanted() {
			RefusedException reason = this.stopped;
			Delivery delivery = this.delivery;
			if (reason != null && delivery != null) {
				delivery.stop(reason);
			}
		}

		private void onResponse(HttpHeaders headers) {
			this.headers = PassThrough.this.settings.headers().toClient(headers);
		}

	}

}
