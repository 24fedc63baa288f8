package ai.apertis.client.responses;

import java.util.function.UnaryOperator;

import ai.apertis.client.call.CallOptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A call for a response that is ready to be made. Each subscription makes it anew. It is
 * retried, timed out and observed like a chat.
 */
public interface ResponseCall {

	/**
	 * Change the options of this call.
	 * @param change changes them
	 * @return a call with the changed options
	 */
	ResponseCall options(UnaryOperator<CallOptions> change);

	/**
	 * Stream the events as they come, those that nobody knows yet too.
	 * @return the events; fails with an {@link ai.apertis.client.error.ApertisException}
	 * behind those that came if the response is not whole
	 */
	Flux<ResponseEvent> events();

	/**
	 * Stream the answer's text.
	 * @return its pieces, none of them empty; fails like {@link #events()}
	 */
	default Flux<String> content() {
		return events().map(ResponseEvent::text).filter((text) -> !text.isEmpty());
	}

	/**
	 * Stream the response, and collect it.
	 * @return the whole response; fails like {@link #events()}
	 */
	Mono<CollectedResponse> response();

}
