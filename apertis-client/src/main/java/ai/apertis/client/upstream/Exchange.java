package ai.apertis.client.upstream;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.Setting;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.ApiRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClient.RequestHeadersSpec;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * The HTTP exchanges of one call.
 *
 * @param webClient the client to send with
 * @param credentials the key to send, and to keep out of whatever the gateway says
 * @param options the options of the call
 * @param settingNames gives the names of settings in the messages of failures
 */
record Exchange(LazyWebClient webClient, Credentials credentials, CallOptions options,
		Function<Setting, String> settingNames) {

	/**
	 * Send a request for a stream.
	 * @param read reads the response
	 */
	Flux<Void> stream(ApiRequest request, Function<ClientResponse, Flux<Void>> read) {
		return this.webClient
			.many((client) -> post(client, request).accept(MediaType.TEXT_EVENT_STREAM)
				.headers(this::authorize)
				.exchangeToFlux(read))
			.onErrorMap(WebClientRequestException.class, ConnectionFailures::read);
	}

	/**
	 * Send a request for a response that is not streamed.
	 * @param elapsed how long the call has taken so far
	 * @param share what the response takes of the memory
	 * @param begun is given the body when it begins
	 */
	Mono<UpstreamResponse> call(ApiRequest request, Duration elapsed, EventMemory.Share share,
			Consumer<WholeBody> begun) {
		return whole((client) -> post(client, request), request.protocol(), elapsed, share, begun);
	}

	/**
	 * Get a resource.
	 */
	Mono<UpstreamResponse> get(String path, EventMemory.Share share) {
		return whole((client) -> options(client.get().uri(path)), null, Duration.ZERO, share, (body) -> {
		});
	}

	private Mono<UpstreamResponse> whole(Function<WebClient, RequestHeadersSpec<?>> request,
			@Nullable ApiProtocol protocol, Duration elapsed, EventMemory.Share share, Consumer<WholeBody> begun) {
		FirstLimit limit = FirstLimit.of(this.options.limits(), elapsed);
		return this.webClient
			.one((client) -> request.apply(client)
				.accept(MediaType.APPLICATION_JSON)
				.headers(this::authorize)
				.exchangeToMono((response) -> read(response, protocol, share, begun)))
			.timeout(limit.left(), Mono.error(limit::exception))
			.onErrorMap(WebClientRequestException.class, ConnectionFailures::read)
			.onErrorMap((failure) -> !(failure instanceof ApertisException), Exchange::unreadable)
			.doOnError(ApertisException.class, (failure) -> failure.nameSettings(this.settingNames));
	}

	private Mono<UpstreamResponse> read(ClientResponse response, @Nullable ApiProtocol protocol,
			EventMemory.Share share, Consumer<WholeBody> begun) {
		NonStreamResponseReader reader = NonStreamResponseReader.of(response, this.credentials);
		if (!response.statusCode().is2xxSuccessful()) {
			return reader.failure(response);
		}
		WholeBody body = new WholeBody(reader, protocol, this.options.limits(), share);
		begun.accept(body);
		return body.read(response.body(BodyExtractors.toDataBuffers()))
			.map((json) -> new UpstreamResponse(this.credentials.redact(response.headers().asHttpHeaders()),
					this.credentials.redact(json)));
	}

	private static ApertisException unreadable(Throwable failure) {
		return (failure instanceof IOException)
				? new StreamInterruptedException("The connection broke before the answer was whole", failure)
				: new MalformedResponseException(
						"The gateway's answer cannot be read: " + failure.getClass().getSimpleName(), null);
	}

	private RequestHeadersSpec<?> post(WebClient client, ApiRequest request) {
		return options(
				client.post().uri(request.path()).contentType(MediaType.APPLICATION_JSON).bodyValue(request.json()));
	}

	private RequestHeadersSpec<?> options(RequestHeadersSpec<?> request) {
		return request.headers((headers) -> {
			// bytes are handed on as they come
			headers.set(HttpHeaders.ACCEPT_ENCODING, "identity");
			this.options.headers().forEach(headers::set);
		});
	}

	private void authorize(HttpHeaders headers) {
		headers.setBearerAuth(this.credentials.bearerToken());
	}

	/**
	 * The limit that a response that is not streamed reaches first.
	 */
	private record FirstLimit(Limit limit, Duration duration, Duration left) {

		static FirstLimit of(StreamLimits limits, Duration elapsed) {
			Duration whole = limits.wholeResponseTimeout();
			Duration total = limits.totalTimeout();
			return (total != null && total.minus(elapsed).compareTo(whole) < 0)
					? new FirstLimit(Limit.TOTAL, total, total.minus(elapsed))
					: new FirstLimit(Limit.WHOLE_RESPONSE, whole, whole);
		}

		StreamTimeoutException exception() {
			return new StreamTimeoutException(this.limit, this.duration);
		}

	}

}
