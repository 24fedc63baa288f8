package ai.apertis.client.upstream;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamListener;
import reactor.core.publisher.Mono;

/**
 * One call whose response is not streamed, with its attempts.
 */
final class WholeCall {

	private final ApiRequest request;

	private final Exchange exchange;

	private final EventMemory.Share share;

	private final RefusedParameters.Call refused;

	private final StreamListener listener;

	private final WholeResponse response;

	private final CallAttempts attempts;

	WholeCall(ApiRequest request, Exchange exchange, EventMemory.Share share, RefusedParameters.Call refused,
			StreamListener listener) {
		this.request = request;
		this.exchange = exchange;
		this.share = share;
		this.refused = refused;
		this.listener = listener;
		this.response = new WholeResponse(request.protocol(), exchange.options().limits(), listener);
		this.attempts = new CallAttempts(exchange.options(), this.response::onRetry);
	}

	/**
	 * Make the attempts.
	 * @return the response to the last one
	 */
	Mono<UpstreamResponse> run() {
		return this.response.judge(Mono.defer(() -> attempt(this.attempts.request(this.request)))
			.doOnNext(this.response::look)
			.retryWhen(this.attempts.collected())
			.map((response) -> new UpstreamResponse(this.attempts.headers(response.headers(), this.request),
					response.json()))
			.doOnNext((response) -> this.listener.onResponse(response.headers())));
	}

	/**
	 * Send a request as its model wants it, as far as is known. If the model refuses a
	 * parameter that it need not get, send it once more without.
	 */
	private Mono<UpstreamResponse> attempt(ApiRequest request) {
		ApiRequest sent = this.refused.adapt(request);
		return this.exchange.call(sent, this.attempts.elapsed(), this.share, this.response::begun)
			.doFirst(this.listener::sending)
			.doOnNext((response) -> this.refused.succeeded(sent))
			.onErrorResume(ApertisApiException.class,
					(failure) -> this.refused.learn(failure, sent) ? attempt(request) : Mono.error(failure));
	}

}
