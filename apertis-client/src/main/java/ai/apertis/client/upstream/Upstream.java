package ai.apertis.client.upstream;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.sse.EventStream;
import ai.apertis.client.sse.StreamListener;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * The HTTP exchange with the gateway: sends a request's JSON with the API key, and gives
 * the answer's bytes. It is the only place that knows the key, and takes it out of
 * whatever the gateway says of an error. Safe for use by several threads.
 */
public final class Upstream {

	private static final String CHAT_COMPLETIONS = "/chat/completions";

	private static final String MODELS = "/models";

	private static final String USER_AGENT = "apertis-spring";

	private final LazyWebClient webClient;

	private final String baseUrl;

	private final Supplier<String> apiKey;

	private final CallOptions options;

	private final EventMemory memory;

	private final RefusedParameters refused = new RefusedParameters();

	/**
	 * Create an exchange.
	 * @param webClient the client to send with; its connector and filters are used as
	 * they are
	 * @param baseUrl the gateway's base URL, with or without a trailing slash
	 * @param apiKey gives the API key for each request
	 * @param options how calls are made that do not say otherwise
	 * @throws IllegalArgumentException if the base URL is none of HTTP
	 */
	public Upstream(WebClient.Builder webClient, String baseUrl, Supplier<String> apiKey, CallOptions options) {
		this(webClient.clone()::clone, baseUrl, apiKey, options, new EventMemory(EventMemory.usualBytes()));
	}

	/**
	 * Create an exchange that builds its client with the first call.
	 * @param webClient gives a builder of the client to send with, which is changed;
	 * called by the first call, and again if it fails, on a thread that may block, and
	 * possibly by several at a time
	 * @param baseUrl the gateway's base URL, with or without a trailing slash
	 * @param apiKey gives the API key for each request
	 * @param options how calls are made that do not say otherwise
	 * @param memory what large events may take, of all exchanges that share it
	 * @throws IllegalArgumentException if the base URL is none of HTTP
	 */
	public Upstream(Supplier<WebClient.Builder> webClient, String baseUrl, Supplier<String> apiKey, CallOptions options,
			EventMemory memory) {
		String url = checked(baseUrl.strip().replaceAll("/+$", ""));
		this.webClient = new LazyWebClient(
				() -> webClient.get().baseUrl(url).defaultHeader(HttpHeaders.USER_AGENT, USER_AGENT).build());
		this.baseUrl = url;
		this.apiKey = apiKey;
		this.options = options;
		this.memory = memory;
	}

	private static String checked(String baseUrl) {
		if (baseUrl.matches("[^?#]*://[^/?#]*@.*")) {
			throw new IllegalArgumentException("The base URL (apertis.base-url) must not have a user or a password:"
					+ " the gateway is reached with the API key");
		}
		if (!baseUrl.matches("(?i)https?://[^/\\s?#]+[^\\s?#]*")) {
			throw new IllegalArgumentException("The base URL (apertis.base-url) must be an absolute http or https URL,"
					+ " such as https://api.apertis.ai/v1, unlike '" + baseUrl + "'");
		}
		return baseUrl;
	}

	/**
	 * Return where the gateway is.
	 * @return its base URL, without a trailing slash
	 */
	public String baseUrl() {
		return this.baseUrl;
	}

	/**
	 * Return how calls are made that do not say otherwise.
	 * @return the options
	 */
	public CallOptions options() {
		return this.options;
	}

	/**
	 * Prepare a streamed chat completion. Nothing is sent before its body is subscribed
	 * to. An exchange that fails before the first event has come, be it by an error that
	 * is the first event, is repeated as the options say.
	 * @param json the request's body, which asks for a stream
	 * @param choices how many choices it asks for
	 * @param options how the call is made
	 * @param listener is told of the moments that matter
	 * @return the stream, to be read once
	 */
	public UpstreamStream stream(byte[] json, int choices, CallOptions options, StreamListener listener) {
		return stream(json, choices, options, attempts(options, listener), listener);
	}

	private static CallAttempts attempts(CallOptions options, StreamListener listener) {
		return new CallAttempts(options, (failure, model) -> listener.onRetry(failure, null, model));
	}

	/**
	 * Prepare a streamed chat completion that is one of several attempts, each of which
	 * has a stream of its own.
	 * @param json the request's body, which asks for a stream
	 * @param choices how many choices it asks for
	 * @param options how the call is made
	 * @param attempts what may still be tried
	 * @param listener is told of the moments that matter
	 * @return the stream, to be read once
	 */
	public UpstreamStream stream(byte[] json, int choices, CallOptions options, CallAttempts attempts,
			StreamListener listener) {
		Credentials credentials = credentials();
		EventStream events = new EventStream(options.limits(), choices, credentials::redact, listener);
		RefusedParameters.Call refused = this.refused.call();
		Flux<DataBuffer> body = new DirectBody(this.memory, events::gathered, (downstream) -> {
			Function<byte[], Flux<Void>> exchange = (sent) -> {
				listener.sending();
				UnaryOperator<HttpHeaders> accepted = (headers) -> {
					refused.succeeded(sent);
					return attempts.headers(headers, json);
				};
				SilenceWatch watch = new SilenceWatch(options.limits(), events, attempts.elapsed());
				downstream.watchedBy(watch);
				return watch
					.over(this.webClient
						.many((client) -> post(client, sent, MediaType.TEXT_EVENT_STREAM, credentials, options)
							.exchangeToFlux((response) -> body(response, credentials, options, events, accepted,
									downstream, watch)))
						.onErrorMap(WebClientRequestException.class, ConnectionFailures::read));
			};
			return Flux.defer(() -> adapted(attempts.body(json), refused, exchange))
				.retryWhen(attempts.beforeResponse());
		});
		return new UpstreamStream(body, events);
	}

	/**
	 * Send a request as its model wants it, as far as is known; if the model refuses a
	 * parameter that it need not get, it is asked once more without.
	 */
	private static Flux<Void> adapted(byte[] json, RefusedParameters.Call refused,
			Function<byte[], Flux<Void>> exchange) {
		byte[] body = refused.adapt(json);
		return exchange.apply(body)
			.onErrorResume(ApertisApiException.class,
					(failure) -> refused.learn(failure, body) ? adapted(json, refused, exchange) : Flux.error(failure));
	}

	private Credentials credentials() {
		return new Credentials(this.apiKey);
	}

	private static Flux<Void> body(ClientResponse response, Credentials credentials, CallOptions options,
			EventStream events, UnaryOperator<HttpHeaders> marked, DirectBody.Downstream downstream,
			SilenceWatch watch) {
		NonStreamResponseReader reader = NonStreamResponseReader.of(response, credentials);
		if (!response.statusCode().is2xxSuccessful()) {
			return reader.failure(response).thenMany(Flux.<Void>empty());
		}
		HttpHeaders headers = marked.apply(credentials.redact(response.headers().asHttpHeaders()));
		reader.requireNoCoding();
		return downstream.put(response.body(BodyExtractors.toDataBuffers()),
				() -> new ResponseStart(reader, options.limits(), watch::begun, () -> events.onResponse(headers)));
	}

	/**
	 * Send a chat completion that is not streamed. An exchange that fails is repeated as
	 * the options say.
	 * @param json the request's body
	 * @param options how the call is made
	 * @param listener is told of the moments that matter
	 * @return the answer, which is JSON and tells of no error; fails with an
	 * {@link ai.apertis.client.error.ApertisException} otherwise
	 */
	public Mono<UpstreamResponse> completion(byte[] json, CallOptions options, StreamListener listener) {
		return completion(json, options, listener, Mono::just).single();
	}

	/**
	 * Send a chat completion that is not streamed, and use its answer, for whose memory
	 * there is room until that has ended.
	 * @param json the request's body
	 * @param options how the call is made
	 * @param listener is told of the moments that matter
	 * @param use makes something of the answer
	 * @param <T> what it makes
	 * @return what comes of the answer; fails with an
	 * {@link ai.apertis.client.error.ApertisException} if there is none
	 */
	public <T> Flux<T> completion(byte[] json, CallOptions options, StreamListener listener,
			Function<UpstreamResponse, Publisher<T>> use) {
		return Flux.using(this.memory::share, (share) -> completion(json, options, listener, share).flatMapMany(use),
				EventMemory.Share::close);
	}

	private Mono<UpstreamResponse> completion(byte[] json, CallOptions options, StreamListener listener,
			EventMemory.Share share) {
		return Mono.defer(() -> {
			Credentials credentials = credentials();
			WholeResponse whole = new WholeResponse(options.limits(), listener);
			CallAttempts attempts = new CallAttempts(options, whole::onRetry);
			RefusedParameters.Call refused = this.refused.call();
			return whole.judge(Mono.defer(() -> adaptedWhole(attempts.body(json), refused,
					(body) -> exchange((client) -> post(client, body, MediaType.APPLICATION_JSON, credentials, options),
							credentials, options, attempts.elapsed(), share, whole::begun)
						.doFirst(listener::sending)))
				.doOnNext(whole::look)
				.retryWhen(attempts.collected())
				.map((response) -> new UpstreamResponse(attempts.headers(response.headers(), json), response.json()))
				.doOnNext((response) -> listener.onResponse(response.headers())));
		});
	}

	private static Mono<UpstreamResponse> adaptedWhole(byte[] json, RefusedParameters.Call refused,
			Function<byte[], Mono<UpstreamResponse>> exchange) {
		byte[] body = refused.adapt(json);
		return exchange.apply(body)
			.doOnNext((response) -> refused.succeeded(body))
			.onErrorResume(ApertisApiException.class, (failure) -> refused.learn(failure, body)
					? adaptedWhole(json, refused, exchange) : Mono.error(failure));
	}

	/**
	 * Ask for the models. An exchange that fails is repeated as the client's options say.
	 * @return the answer, which is JSON and tells of no error; fails with an
	 * {@link ai.apertis.client.error.ApertisException} otherwise
	 */
	public Mono<UpstreamResponse> models() {
		return Mono.using(this.memory::share, (share) -> {
			Credentials credentials = credentials();
			return exchange(
					(client) -> with(client.get().uri(MODELS), MediaType.APPLICATION_JSON, credentials, this.options),
					credentials, this.options, Duration.ZERO, share, (body) -> {
					})
				.retryWhen(attempts(this.options.withFailover(), StreamListener.NONE).collected());
		}, EventMemory.Share::close);
	}

	private Mono<UpstreamResponse> exchange(Function<WebClient, WebClient.RequestHeadersSpec<?>> request,
			Credentials credentials, CallOptions options, Duration elapsed, EventMemory.Share share,
			Consumer<WholeBody> begun) {
		Passed limit = Passed.first(options.limits(), elapsed);
		return this.webClient.one((client) -> request.apply(client).exchangeToMono((response) -> {
			NonStreamResponseReader reader = NonStreamResponseReader.of(response, credentials);
			return body(response, reader, options.limits(), share, begun)
				.map((bytes) -> new UpstreamResponse(credentials.redact(response.headers().asHttpHeaders()),
						credentials.redact(bytes)));
		}))
			.timeout(limit.left(), Mono.error(limit::exception))
			.onErrorMap(WebClientRequestException.class, ConnectionFailures::read)
			.onErrorMap((failure) -> !(failure instanceof ApertisException), Upstream::unreadable);
	}

	private static Mono<byte[]> body(ClientResponse response, NonStreamResponseReader reader, StreamLimits limits,
			EventMemory.Share share, Consumer<WholeBody> begun) {
		if (!response.statusCode().is2xxSuccessful()) {
			return reader.failure(response);
		}
		WholeBody body = new WholeBody(reader, limits, share);
		begun.accept(body);
		return body.read(response.body(BodyExtractors.toDataBuffers()));
	}

	private static ApertisException unreadable(Throwable failure) {
		return (failure instanceof IOException)
				? new StreamInterruptedException("The connection broke before the answer was whole", failure)
				: new MalformedResponseException(
						"The gateway's answer cannot be read: " + failure.getClass().getSimpleName(), null);
	}

	private static WebClient.RequestHeadersSpec<?> post(WebClient client, byte[] json, MediaType accept,
			Credentials credentials, CallOptions options) {
		return with(client.post().uri(CHAT_COMPLETIONS).contentType(MediaType.APPLICATION_JSON).bodyValue(json), accept,
				credentials, options);
	}

	private static WebClient.RequestHeadersSpec<?> with(WebClient.RequestHeadersSpec<?> request, MediaType accept,
			Credentials credentials, CallOptions options) {
		return request.headers((headers) -> {
			// bytes are handed on as they come
			headers.set(HttpHeaders.ACCEPT_ENCODING, "identity");
			options.headers().forEach(headers::set);
		}).accept(accept).headers((headers) -> headers.setBearerAuth(credentials.bearerToken()));
	}

	/**
	 * The limit that an answer that is not streamed passes first.
	 */
	private record Passed(Limit limit, Duration duration, Duration left) {

		static Passed first(StreamLimits limits, Duration elapsed) {
			Duration whole = limits.wholeResponseTimeout();
			Duration total = limits.totalTimeout();
			return (total != null && total.minus(elapsed).compareTo(whole) < 0)
					? new Passed(Limit.TOTAL, total, total.minus(elapsed))
					: new Passed(Limit.WHOLE_RESPONSE, whole, whole);
		}

		StreamTimeoutException exception() {
			return new StreamTimeoutException(this.limit, this.duration);
		}

	}

}
