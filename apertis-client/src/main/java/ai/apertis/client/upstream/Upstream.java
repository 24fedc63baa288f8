package ai.apertis.client.upstream;

import java.io.IOException;
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
import ai.apertis.client.sse.StreamRules;
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

	private final StreamRules rules;

	private final RetryPolicy retries;

	private final AnswerReader answers;

	/**
	 * Create an exchange.
	 * @param webClient the client to send with; its connector and filters are used as
	 * they are
	 * @param baseUrl the gateway's base URL, with or without a trailing slash
	 * @param apiKey gives the API key for each request
	 * @param rules the rules to read and judge streams by
	 * @param retries how exchanges that have failed are repeated
	 */
	public Upstream(WebClient.Builder webClient, String baseUrl, Supplier<String> apiKey, StreamRules rules,
			RetryPolicy retries) {
		this.webClient = webClient.baseUrl(baseUrl.strip().replaceAll("/+$", ""))
			.defaultHeader(HttpHeaders.USER_AGENT, USER_AGENT)
			.build();
		this.credentials = new Credentials(apiKey);
		this.rules = rules;
		this.retries = retries;
		this.answers = new AnswerReader(this.credentials, rules.maxEventSize());
	}

	/**
	 * Prepare a streamed chat completion. Nothing is sent before its body is subscribed
	 * to. An exchange that fails before the first event has come, be it by an error that
	 * is the first event, is repeated as the policy says.
	 * @param json the request's body, which asks for a stream
	 * @param listener is told of the moments that matter
	 * @return the stream, to be read once
	 */
	public UpstreamStream stream(byte[] json, StreamListener listener) {
		EventStream events = events(listener);
		Flux<DataBuffer> body = Flux
			.defer(() -> new SilenceWatch(this.rules, events)
				.over(request(json, MediaType.TEXT_EVENT_STREAM).exchangeToFlux((response) -> body(response, events))
					.onErrorMap(WebClientRequestException.class, Upstream::connectionFailure)))
			.retryWhen(new RetryBackoff(this.retries));
		return new UpstreamStream(body, events);
	}

	private EventStream events(StreamListener listener) {
		return new EventStream(this.rules, this.credentials::redact, listener);
	}

	/**
	 * Send a chat completion that is not streamed. An exchange that fails is repeated as
	 * the policy says.
	 * @param json the request's body
	 * @param listener is told of the moments that matter
	 * @return the answer, which is JSON and tells of no error; fails with an
	 * {@link ai.apertis.client.error.ApertisException} otherwise
	 */
	public Mono<UpstreamAnswer> completion(byte[] json, StreamListener listener) {
		Verdict verdict = new Verdict(this.rules.finishReasonRequired());
		return exchange(request(json, MediaType.APPLICATION_JSON)).doOnNext((answer) -> {
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
	 * Ask for the models. An exchange that fails is repeated as the policy says.
	 * @return the answer, which is JSON and tells of no error; fails with an
	 * {@link ai.apertis.client.error.ApertisException} otherwise
	 */
	public Mono<UpstreamAnswer> models() {
		return exchange(this.webClient.get()
			.uri(MODELS)
			.headers((headers) -> headers.setBearerAuth(this.credentials.bearerToken()))
			.accept(MediaType.APPLICATION_JSON));
	}

	private Mono<UpstreamAnswer> exchange(WebClient.RequestHeadersSpec<?> request) {
		return request.exchangeToMono((response) -> {
			Mono<byte[]> body = response.statusCode().is2xxSuccessful() ? this.answers.json(response)
					: this.answers.failure(response);
			return body.map((bytes) -> new UpstreamAnswer(response.headers().asHttpHeaders(), bytes));
		})
			.timeout(this.rules.firstChunkTimeout(),
					Mono.error(() -> new StreamTimeoutException(Limit.FIRST_CHUNK, this.rules.firstChunkTimeout())))
			.onErrorMap(WebClientRequestException.class, Upstream::connectionFailure)
			.onErrorMap(IOException.class,
					(ex) -> new StreamInterruptedException("The connection broke before the answer was whole", ex))
			.retryWhen(new RetryBackoff(this.retries));
	}

	private WebClient.RequestHeadersSpec<?> request(byte[] json, MediaType accept) {
		return this.webClient.post()
			.uri(CHAT_COMPLETIONS)
			.headers((headers) -> headers.setBearerAuth(this.credentials.bearerToken()))
			.contentType(MediaType.APPLICATION_JSON)
			.accept(accept)
			.bodyValue(json);
	}

	private Flux<DataBuffer> body(ClientResponse response, EventStream events) {
		HttpStatusCode status = response.statusCode();
		if (!status.is2xxSuccessful()) {
			return this.answers.failure(response).thenMany(Flux.empty());
		}
		events.answered(response.headers().asHttpHeaders());
		if (!this.answers.isStream(response)) {
			return this.answers.jsonAsEvent(response).flux();
		}
		EventStream probe = events(StreamListener.NONE);
		probe.answered(response.headers().asHttpHeaders());
		return response.body(BodyExtractors.toDataBuffers()).handle(new FirstEvent(probe));
	}

	private static ConnectionException connectionFailure(WebClientRequestException failure) {
		Throwable cause = (failure.getCause() != null) ? failure.getCause() : failure;
		return new ConnectionException(
				"No answer from the gateway at " + failure.getUri().getHost() + ": " + cause.getClass().getSimpleName(),
				cause);
	}

}
