package ai.apertis.client.upstream;

import ai.apertis.client.stream.ApiRequest;
import reactor.core.publisher.Flux;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * One attempt of a streamed call.
 */
final class StreamAttempt {

	private final ApiRequest request;

	private final Exchange exchange;

	private final Downstream downstream;

	private final StreamCall call;

	private final SilenceWatch watch;

	/**
	 * Create an attempt.
	 * @param request the request as it is sent
	 * @param downstream takes the body of the response
	 */
	StreamAttempt(ApiRequest request, Exchange exchange, Downstream downstream, StreamCall call) {
		this.request = request;
		this.exchange = exchange;
		this.downstream = downstream;
		this.call = call;
		this.watch = call.watch();
	}

	/**
	 * Make the attempt.
	 * @return completes or fails as the body of the response does
	 */
	Flux<Void> run() {
		this.downstream.watchedBy(this.watch);
		return this.watch.over(this.exchange.stream(this.request, this::read));
	}

	private Flux<Void> read(ClientResponse response) {
		NonStreamResponseReader reader = NonStreamResponseReader.of(response, this.exchange.credentials());
		if (!response.statusCode().is2xxSuccessful()) {
			return reader.<Void>failure(response).flux();
		}
		HttpHeaders headers = this.call.accepted(this.request,
				this.exchange.credentials().redact(response.headers().asHttpHeaders()));
		reader.requireNoCoding();
		return this.downstream.put(response.body(BodyExtractors.toDataBuffers()), () -> start(reader, headers));
	}

	private ResponseStart start(NonStreamResponseReader reader, HttpHeaders headers) {
		return new ResponseStart(reader, this.request.protocol(), this.exchange.options().limits(), this.watch::begun,
				() -> this.call.events().onResponse(headers));
	}

}
