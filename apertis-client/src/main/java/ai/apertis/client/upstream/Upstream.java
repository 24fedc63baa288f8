package ai.apertis.client.upstream;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.EventStream;
import ai.apertis.client.sse.Outcome;
import ai.apertis.client.sse.StreamListener;
import ai.apertis.client.sse.Verdict;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;

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

	private final WebClient webClient;

	private final Credentials credentials;

	private final CallOptions options;

	private final AnswerReader answers;

	/**
	 * Create an exchange.
	 * @param webClient the client to send with; its connector and filters are used as
	 * they are
	 * @param baseUrl the gateway's base URL, with or without a trailing slash
	 * @param apiKey gives the API key for each request
	 * @param options how calls are made that do not say otherwise
	 */
	public Upstream(WebClient.Builder webClient, String baseUrl, Supplier<String> apiKey, CallOptions options) {
		this.webClient = webClient.baseUrl(baseUrl.strip().replaceAll("/+$", ""))
			.defaultHeader(HttpHeaders.USER_AGENT, USER_AGENT)
			.build();
		this.credentials = new Credentials(apiKey);
		this.options = options;
		this.answers = new AnswerReader(this.credentials);
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
	 * @param options how the call is made
	 * @param listener is told of the moments that matter
	 * @return the stream, to be read once
	 */
	public UpstreamStream stream(byte[] json, CallOptions options, StreamListener listener) {
		EventStream events = events(options, listener);
		Flux<DataBuffer> body = Flux
			.defer(() -> new SilenceWatch(options.rules(), events).over(post(json, MediaType.TEXT_EVENT_STREAM, options)
				.exchangeToFlux((response) -> body(response, options, events))
				.onErrorMap(WebClientRequestException.class, Upstream::connectionFailure)))
			.retryWhen(new RetryBackoff(options.retries()));
		return new UpstreamStream(body, events);
	}

	private EventStream events(CallOptions options, StreamListener listener) {
		return new EventStream(options.rules(), this.credentials::redact, listener);
	}

	private Flux<DataBuffer> body(ClientResponse response, CallOptions options, EventStream events) {
		if (!response.statusCode().is2xxSuccessful()) {
			return this.answers.failure(response).thenMany(Flux.empty());
		}
		HttpHeaders headers = response.headers().asHttpHeaders();
		if (!this.answers.isStream(response)) {
			return this.answers.jsonAsEvent(response, options.rules().maxEventSize())
				.doOnNext((event) -> events.answered(headers))
				.flux();
		}
		EventStream probe = events(options, StreamListener.NONE);
		probe.answered(headers);
		return response.body(BodyExtractors.toDataBuffers())
			.handle(new FirstEvent(probe, () -> events.answered(headers)));
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
	public Mono<UpstreamAnswer> completion(byte[] json, CallOptions options, StreamListener listener) {
		Verdict verdict = new Verdict(options.rules().finishReasonRequired());
		return exchange(post(json, MediaType.APPLICATION_JSON, options), options).doOnNext((answer) -> {
			listener.answered(answer.headers());
			verdict.observe(Event.of(answer.json()));
			listener.ended(Outcome.COMPLETED, verdict, null);
		})
			.onErrorMap(JacksonException.class,
					(ex) -> new MalformedResponseException("The gateway's answer is not the JSON of a completion",
							null))
			.doOnError((failure) -> listener.ended(Outcome.of(failure), verdict, failure))
			.doOnCancel(() -> listener.ended(Outcome.CANCELLED, verdict, null));
	}

	/**
	 * Ask for the models. An exchange that fails is repeated as the client's options say.
	 * @return the answer, which is JSON and tells of no error; fails with an
	 * {@link ai.apertis.client.error.ApertisException} otherwise
	 */
	public Mono<UpstreamAnswer> models() {
		return exchange(with(this.webClient.get().uri(MODELS), MediaType.APPLICATION_JSON, this.options), this.options);
	}

	private Mono<UpstreamAnswer> exchange(WebClient.RequestHeadersSpec<?> request, CallOptions options) {
		Duration limit = (options.rules().totalTimeout() != null) ? options.rules().totalTimeout()
				: options.rules().firstChunkTimeout();
		Limit kind = (options.rules().totalTimeout() != null) ? Limit.TOTAL : Limit.FIRST_CHUNK;
		return request.exchangeToMono((response) -> {
			Mono<byte[]> body = response.statusCode().is2xxSuccessful()
					? this.answers.json(response, options.rules().maxEventSize()) : this.answers.failure(response);
			return body.map((bytes) -> new UpstreamAnswer(response.headers().asHttpHeaders(), bytes));
		})
			.timeout(limit, Mono.error(() -> new StreamTimeoutException(kind, limit)))
			.onErrorMap(WebClientRequestException.class, Upstream::connectionFailure)
			.onErrorMap(IOException.class,
					(ex) -> new StreamInterruptedException("The connection broke before the answer was whole", ex))
			.retryWhen(new RetryBackoff(options.retries()));
	}

	private WebClient.RequestHeadersSpec<?> post(byte[] json, MediaType accept, CallOptions options) {
		return with(this.webClient.post().uri(CHAT_COMPLETIONS).contentType(MediaType.APPLICATION_JSON).bodyValue(json),
				accept, options);
	}

	private WebClient.RequestHeadersSpec<?> with(WebClient.RequestHeadersSpec<?> request, MediaType accept,
			CallOptions options) {
		return request.headers((headers) -> options.headers().forEach(headers::set))
			.accept(accept)
			.headers((headers) -> headers.setBearerAuth(this.credentials.bearerToken()));
	}

	private static ConnectionException connectionFailure(WebClientRequestException failure) {
		Throwable cause = (failure.getCause() != null) ? failure.getCause() : failure;
		return new ConnectionException(
				"No answer from the gateway at " + failure.getUri().getHost() + ": " + cause.getClass().getSimpleName(),
				cause);
	}

}
