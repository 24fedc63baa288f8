package ai.apertis.client.upstream;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import reactor.core.publisher.Flux;

import org.springframework.http.HttpHeaders;

/**
 * One streamed call: its attempts, of which the last one's body is read as the stream.
 */
final class StreamCall {

	private final ApiRequest request;

	private final Exchange exchange;

	private final CallAttempts attempts;

	private final RefusedParameters.Call refused;

	private final StreamListener listener;

	private final EventStream events;

	StreamCall(ApiRequest request, Exchange exchange, CallAttempts attempts, RefusedParameters.Call refused,
			StreamListener listener) {
		this.request = request;
		this.exchange = exchange;
		this.attempts = attempts;
		this.refused = refused;
		this.listener = listener;
		StreamLimits limits = exchange.options().limits();
		this.events = new EventStream(limits, request.protocol().start(request.choices(), limits),
				exchange.credentials()::redact, exchange.settingNames(), listener);
	}

	/**
	 * Return the stream that the body is read into.
	 */
	EventStream events() {
		return this.events;
	}

	/**
	 * Make the attempts.
	 * @param downstream takes the body of the attempt that is answered
	 * @return completes or fails as that body does
	 */
	Flux<Void> run(Downstream downstream) {
		return Flux.defer(() -> attempt(this.attempts.request(this.request), downstream))
			.retryWhen(this.attempts.beforeResponse());
	}

	/**
	 * Send a request as its model wants it, as far as is known. If the model refuses a
	 * parameter that it need not get, send it once more without.
	 */
	private Flux<Void> attempt(ApiRequest request, Downstream downstream) {
		ApiRequest sent = this.refused.adapt(request);
		this.listener.sending();
		return new StreamAttempt(sent, this.exchange, downstream, this).run()
			.onErrorResume(ApertisApiException.class, (failure) -> this.refused.learn(failure, sent)
					? attempt(request, downstream) : Flux.error(failure));
	}

	/**
	 * Start to watch an attempt for silence.
	 */
	SilenceWatch watch() {
		return new SilenceWatch(this.exchange.options().limits(), this.events, this.attempts.elapsed());
	}

	/**
	 * The response to an attempt is a stream.
	 * @param sent the request of the attempt
	 * @param headers the headers of the response
	 * @return the headers to tell
	 */
	HttpHeaders accepted(ApiRequest sent, HttpHeaders headers) {
		this.refused.succeeded(sent);
		return this.attempts.headers(headers, this.request);
	}

}
