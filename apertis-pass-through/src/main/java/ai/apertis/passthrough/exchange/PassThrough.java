package ai.apertis.passthrough.exchange;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.connection.CallersLoop;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ObservedRequest;
import ai.apertis.client.observation.ServerAddress;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.client.upstream.UpstreamStream;
import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.Delivery;
import ai.apertis.passthrough.delivery.DirectResponse;
import ai.apertis.passthrough.delivery.HangUp;
import ai.apertis.passthrough.delivery.Heartbeat;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.delivery.UnexpectedFailure;
import ai.apertis.passthrough.delivery.WholeDelivery;
import ai.apertis.passthrough.exchange.ActiveStreams.ActiveStream;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.ErrorResponse;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.limit.AccessControl;
import ai.apertis.passthrough.limit.BudgetedReader;
import ai.apertis.passthrough.limit.Budgets;
import ai.apertis.passthrough.limit.CallBudget;
import ai.apertis.passthrough.limit.HeldPermit;
import ai.apertis.passthrough.limit.RequestMemory;
import ai.apertis.passthrough.resume.Recording;
import ai.apertis.passthrough.resume.ResumableStreams;
import ai.apertis.passthrough.route.Route;
import ai.apertis.passthrough.route.RoutedRequest;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;
import tools.jackson.databind.JsonNode;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Relays clients' requests to the gateway and the gateway's responses to the clients, and
 * counts their tokens. Knows neither of the web stacks. Safe for use by several threads.
 * <p>
 * A request is read by the rules of its route at once; then its user must be admitted,
 * the policies decide, and only then is it sent upstream.
 */
public final class PassThrough {

	/** Where the list of models is, below the base path. */
	public static final String MODELS_PATH = "/v1/models";

	private static final ErrorFormat MODELS_ERRORS = new OpenAiErrorFormat();

	private final Upstream upstream;

	private final ChatObservations observations;

	private final PassThroughSettings settings;

	private final AccessControl access;

	private final ActiveStreams active;

	private final RequestMemory memory;

	private final PassThroughEvents listener;

	private final ModelList models;

	private final ServerAddress server;

	private final @Nullable ResumableStreams resumable;

	private final Budgets budgets;

	/**
	 * Create a pass-through.
	 * @param upstream the exchange with the gateway
	 * @param observations how calls are observed
	 * @param settings how it behaves
	 * @param access who may ask for what
	 * @param active the answers that are under way
	 * @param memory what their requests may take
	 * @param listener callback for what it does besides relaying
	 * @param resumable the streams that can be resumed, {@code null} if none can
	 * @param budgets what calls are paid from
	 */
	public PassThrough(Upstream upstream, ChatObservations observations, PassThroughSettings settings,
			AccessControl access, ActiveStreams active, RequestMemory memory, PassThroughEvents listener,
			@Nullable ResumableStreams resumable, Budgets budgets) {
		this.upstream = upstream;
		this.observations = observations;
		this.settings = settings;
		this.access = access;
		this.active = active;
		this.memory = memory;
		this.listener = listener;
		this.resumable = resumable;
		this.budgets = budgets;
		this.server = ServerAddress.of(upstream.baseUrl());
		this.models = new ModelList(upstream, settings.rules(), settings.modelsTimeToLive());
		String defaultModel = settings.rules().defaultModel();
		if (defaultModel != null) {
			observations.add(defaultModel);
		}
	}

	/**
	 * Begin to receive a request. Fails before its body is read if there is no room for
	 * it, or if the body is not declared as JSON: a page of another site can post a form,
	 * but no JSON.
	 * @param route the route
	 * @param caller who has sent it
	 * @return what takes the body, and is to be closed
	 * @throws RefusedException if there are too many responses under way, the application
	 * shuts down, or the content type is not {@code application/json}
	 */
	public IncomingRequest receive(Route route, Caller caller) {
		RefusedException refusal = this.active.refusal();
		if (refusal != null) {
			throw refusal;
		}
		String contentType = caller.headers().getFirst(HttpHeaders.CONTENT_TYPE);
		String type = (contentType != null) ? contentType.split(";", 2)[0].strip() : "";
		if (!MediaType.APPLICATION_JSON_VALUE.equalsIgnoreCase(type)) {
			throw unsupportedMediaType();
		}
		return new IncomingRequest(this.settings.uploads(), this.memory.hold(), caller,
				(body) -> respond(route, caller, body));
	}

	/**
	 * Refuse a request whose body is not declared as JSON.
	 * @return the refusal
	 */
	public static RefusedException unsupportedMediaType() {
		return RefusedException.of(415, "unsupported_media_type", "The Content-Type must be application/json");
	}

	/**
	 * A request could not be received or read.
	 * @param route the route
	 * @param failure why
	 * @return what to answer
	 */
	public ErrorResponse failed(Route route, Throwable failure) {
		UnexpectedFailure.log(failure);
		if (failure instanceof RefusedException refusal) {
			count(refusal);
		}
		return route.errors().response(failure);
	}

	private void count(RefusedException refusal) {
		this.listener.refused(refusal.code());
	}

	private StreamedResponse respond(Route route, Caller caller, byte[] body) {
		RoutedRequest request = route.read(caller, this.access.user(caller), body);
		Context parent = this.observations.withParent(Context.empty());
		return request.isStreaming() ? streamed(route, request, parent) : whole(route, request, parent);
	}

	/**
	 * Count refusals, and make what is observed a part of what was when the request came.
	 */
	private <T> Flux<T> observed(Flux<T> exchange, Context parent) {
		return exchange.doOnError(RefusedException.class, this::count)
			.contextWrite((context) -> parent.putAll(context.readOnly()));
	}

	/**
	 * List the models that clients may use. The limits of the user hold for this too.
	 * @param caller who asks
	 * @return the response
	 */
	public StreamedResponse models(Caller caller) {
		return new WholeDelivery(this.settings.delivery().writeTimeout(), MODELS_ERRORS)
			.respond((delivery) -> Flux
				.usingWhen(
						Mono.defer(() -> this.access.admit(caller, this.access.user(caller)))
							.map((permit) -> new HeldPermit(permit, this.memory.hold())),
						(permit) -> this.models.models().flatMapMany((models) -> delivery.deliver(models, Map.of())),
						HeldPermit::release)
				.doOnError(RefusedException.class, this::count));
	}

	private StreamedResponse streamed(Route route, RoutedRequest request, Context parent) {
		StreamFormat format = request.format();
		StreamedExchange exchange = new StreamedExchange(this, format);
		Flux<DataBuffer> body = new DirectResponse((passage) -> observed(
				admitted(request, (admitted) -> exchange.deliver(admitted, passage::put)), parent));
		return new StreamedResponse(exchange::head, body, route.errors(), exchange::isBroken, exchange.stalled(),
				() -> this.settings.delivery().heartbeat().isOn() ? format.heartbeat() : null);
	}

	private StreamedResponse whole(Route route, RoutedRequest request, Context parent) {
		return new WholeDelivery(this.settings.delivery().writeTimeout(), route.errors())
			.respond((delivery) -> observed(admitted(request, (admitted) -> json(admitted, delivery)), parent));
	}

	/**
	 * What holds the place of a user is given back in any case. Wherever the limits and
	 * the policies come from, the call is made by the event loop that the request came
	 * by.
	 */
	private <T> Flux<T> admitted(RoutedRequest request, Function<AdmittedRequest, Publisher<T>> response) {
		return Flux.defer(() -> {
			CallersLoop loop = CallersLoop.current();
			return Flux.usingWhen(this.access.admit(request.caller(), request.user())
				.map((permit) -> new HeldPermit(permit, this.memory.hold())), (permit) -> Flux.defer(() -> {
					permit.memory().add(request.size());
					return this.access.decide(request)
						.cast(RoutedRequest.class)
						.flatMap((decided) -> reserved(decided, permit))
						.flatMap(loop::goOn)
						.flatMapMany(response);
				}), HeldPermit::release);
		});
	}

	/**
	 * What the first call may cost is reserved. Where that limits a response that is not
	 * streamed, the gateway is told so.
	 */
	private Mono<AdmittedRequest> reserved(RoutedRequest request, HeldPermit permit) {
		List<Budget> budgets = this.budgets.of(request);
		if (budgets.isEmpty()) {
			return Mono.just(new AdmittedRequest(request, permit, null));
		}
		return this.budgets.reserve(permit, call(request, request.toUpstream(), budgets)).map((budget) -> {
			boolean limited = !request.isStreaming()
					&& (request.maxOutputTokens() == 0 || budget.granted() < request.maxOutputTokens());
			RoutedRequest sent = limited ? request.withOutputLimit(budget.granted() / request.choices()) : request;
			return new AdmittedRequest(sent, permit, budget);
		});
	}

	private Budgets.Call call(RoutedRequest request, ApiRequest sent, List<Budget> budgets) {
		Set<String> models = new LinkedHashSet<>(request.models());
		models.addAll(this.upstream.options().failover());
		return new Budgets.Call(budgets, models, this.observations.promptTokens(sent), request.choices(),
				request.maxOutputTokens(), request.isStreaming());
	}

	/**
	 * The place of the response, and its memory, are held until it is delivered.
	 */
	private Flux<DataBuffer> json(AdmittedRequest admitted, WholeDelivery delivery) {
		Sinks.One<DataBuffer> stopped = Sinks.one();
		if (admitted.budget() != null) {
			admitted.budget().watchWhole(stopped::tryEmitError);
		}
		return Flux.using(() -> this.active.begin(admitted.request(), stopped::tryEmitError),
				(stream) -> call(admitted, delivery).takeUntilOther(stopped.asMono())
					.onErrorResume(RefusedException.class, delivery::stop),
				this.active::end);
	}

	private Flux<DataBuffer> call(AdmittedRequest admitted, WholeDelivery delivery) {
		return Flux.deferContextual((context) -> {
			ApiRequest sent = admitted.request().toUpstream();
			ChatObservation observation = observe(admitted, sent, context);
			return observation
				.over(this.upstream.call(sent, options(admitted), charged(observation, admitted.budget(), false),
						(response) -> delivery.deliver(response.json(), toClient(response.headers(), admitted))));
		});
	}

	/**
	 * Return whether any streams are stored.
	 */
	boolean isRecording() {
		return this.resumable != null;
	}

	/**
	 * Begin to store a stream, if it is to be.
	 */
	Mono<Recording> recording(AdmittedRequest admitted, StreamFormat format) {
		ResumableStreams resumable = this.resumable;
		if (resumable == null || !format.contentType().equals(StreamFormat.EVENT_STREAM)) {
			return Mono.empty();
		}
		RoutedRequest request = admitted.request();
		LongSupplier prompt = () -> this.observations.promptTokens(request.toUpstream());
		String conversation = request.conversation();
		if (conversation != null) {
			return resumable.recordConversation(conversation, request, prompt);
		}
		return resumable.record(request, prompt);
	}

	/**
	 * Begin a stream.
	 */
	ActiveStream begin(AdmittedRequest admitted, Consumer<RefusedException> stop) {
		return this.active.begin(admitted.request(), stop);
	}

	/**
	 * A stream has ended.
	 */
	void end(ActiveStream stream) {
		this.active.end(stream);
	}

	/**
	 * Deliver a stream.
	 * @param exchange the exchange of which it is a part
	 * @param put puts the delivery through to the client
	 */
	Flux<Void> deliver(AdmittedRequest admitted, StreamedExchange exchange, Function<Delivery, Flux<Void>> put,
			ContextView context) {
		StreamFormat format = exchange.format();
		Recording recording = exchange.recording();
		StreamedCalls calls = new StreamedCalls(
				start(admitted, admitted.request().toUpstream(), admitted.budget(), context),
				(messages) -> further(admitted, messages, context), (call) -> read(call, admitted, exchange), context);
		HangUp usual = new HangUp(this.settings.delivery().drainLimits(), () -> {
			format.abandoned();
			calls.abandoned();
		});
		Flux<DataBuffer> events = format.conversation(calls);
		if (recording != null) {
			events = recording.record(events, format, exchange::whyStopped, exchange::stop);
		}
		Delivery delivery = new Delivery(events, format, this.settings.delivery(), this.listener,
				() -> (recording != null && recording.isResumable()) ? recording.hangUp() : usual);
		return calls.over(put.apply(delivery));
	}

	private StreamedCalls.Call start(AdmittedRequest admitted, ApiRequest sent, @Nullable CallBudget budget,
			ContextView context) {
		return new StreamedCalls.Call(sent, observe(admitted, sent, context), budget);
	}

	/**
	 * Each call needs what it may cost.
	 */
	private Mono<StreamedCalls.Call> further(AdmittedRequest admitted, List<? extends JsonNode> messages,
			ContextView context) {
		ApiRequest sent = admitted.request().toUpstream(messages);
		List<Budget> budgets = this.budgets.of(admitted.request());
		if (budgets.isEmpty()) {
			return Mono.just(start(admitted, sent, null, context));
		}
		return this.budgets.reserve(admitted.permit(), call(admitted.request(), sent, budgets))
			.map((budget) -> start(admitted, sent, budget, context));
	}

	private Flux<DataBuffer> read(StreamedCalls.Call call, AdmittedRequest admitted, StreamedExchange exchange) {
		CallBudget budget = call.budget();
		StreamListener listener = charged(call.observation(), budget, true)
			.and(StreamListener.forResponse((headers) -> exchange.answered(toClient(headers, admitted))));
		UpstreamStream stream = this.upstream.stream(call.request(), options(admitted), listener);
		if (budget == null) {
			return stream.read(exchange.format());
		}
		budget.watch(exchange::stop);
		return stream.read(new BudgetedReader<>(exchange.format(), budget));
	}

	private Map<String, String> toClient(HttpHeaders response, AdmittedRequest admitted) {
		Map<String, String> headers = this.settings.headers().toClient(response);
		headers.putAll(this.budgets.headers(admitted.budget()));
		return headers;
	}

	private StreamListener charged(ChatObservation observation, @Nullable CallBudget budget, boolean streaming) {
		return (budget != null) ? observation.and(new CallCharge(budget, observation, this.budgets.prices(), streaming))
				: observation;
	}

	private ChatObservation observe(AdmittedRequest admitted, ApiRequest sent, ContextView context) {
		return this.observations.start(new ObservedRequest(sent, this.server, admitted.request()::parameter), context);
	}

	private CallOptions options(AdmittedRequest admitted) {
		Heartbeat heartbeat = this.settings.delivery().heartbeat();
		CallOptions options = this.upstream.options();
		// every client of this protocol can wait by itself, if it is told so
		options = options
			.withRetries(options.retries().withStatusTimeout(heartbeat.isOn() ? heartbeat.initialDelay() : null));
		for (Map.Entry<String, String> header : this.settings.headers()
			.toUpstream(admitted.request().caller().headers())
			.entrySet()) {
			options = options.withHeader(header.getKey(), header.getValue());
		}
		for (Map.Entry<String, String> header : admitted.request().headers().entrySet()) {
			options = options.withHeader(header.getKey(), header.getValue());
		}
		return options;
	}

}
