package ai.apertis.passthrough;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.BooleanSupplier;

import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.client.upstream.UpstreamAnswer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.http.MediaType;

/**
 * Relays a client's request to the gateway and the gateway's answer to the client, and
 * counts its tokens. Knows neither of the web stacks. Safe for use by several threads.
 */
public final class PassThrough {

	/**
	 * How long to leave a broken stream open behind the event that tells of its failure.
	 * A browser throws away what its page has not read yet when a connection breaks.
	 */
	public static final Duration BREAK_OFF_DELAY = Duration.ofMillis(200);

	private final Upstream upstream;

	private final ChatObservations observations;

	private final @Nullable String defaultModel;

	/**
	 * Create a pass-through.
	 * @param upstream the exchange with the gateway
	 * @param observations how calls are observed
	 * @param defaultModel the model for requests that name none, {@code null} to refuse
	 * them
	 */
	public PassThrough(Upstream upstream, ChatObservations observations, @Nullable String defaultModel) {
		this.upstream = upstream;
		this.observations = observations;
		this.defaultModel = defaultModel;
		if (defaultModel != null) {
			observations.know(defaultModel);
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
			throw RefusedException.unsupportedMediaType();
		}
	}

	/**
	 * Read a client's request.
	 * @param body its body
	 * @return the answer to it, which is not asked for before it is subscribed to
	 * @throws RefusedException if the request cannot be sent upstream
	 */
	public Answer answer(byte[] body) {
		PassThroughRequest request = PassThroughRequest.read(body, this.defaultModel);
		return request.streaming() ? stream(request) : new Answer.Whole(completion(request));
	}

	private Answer.Streamed stream(PassThroughRequest request) {
		Relay relay = new Relay(request.usageWanted());
		Flux<ByteBuffer> events = Flux.deferContextual((context) -> {
			ChatObservation observation = observe(request, context);
			return this.upstream.stream(request.json(), request.choices(), this.upstream.options(), observation)
				.read(relay)
				.contextWrite(observation.asParent());
		});
		return new Answer.Streamed(events.onErrorComplete((failure) -> relay.breakOff()), relay::isBroken);
	}

	private Mono<byte[]> completion(PassThroughRequest request) {
		return Mono.deferContextual((context) -> {
			ChatObservation observation = observe(request, context);
			return this.upstream.completion(request.json(), this.upstream.options(), observation)
				.map(UpstreamAnswer::json)
				.contextWrite(observation.asParent());
		});
	}

	private ChatObservation observe(PassThroughRequest request, ContextView context) {
		return this.observations.start(request.model(), context);
	}

	/**
	 * The gateway's answer to a client's request.
	 */
	public sealed interface Answer {

		/**
		 * A stream of events, for one subscriber.
		 *
		 * @param events the bytes to write, each to be flushed at once. Fails only if
		 * there are none, and the answer is an {@link ErrorAnswer}
		 * @param broken tells, once the events have completed, whether the stream has
		 * failed after its beginning: the last event has told of it, and the connection
		 * must be broken off
		 */
		record Streamed(Flux<ByteBuffer> events, BooleanSupplier broken) implements Answer {
		}

		/**
		 * A JSON document.
		 *
		 * @param json its bytes; fails if the answer is an {@link ErrorAnswer}
		 */
		record Whole(Mono<byte[]> json) implements Answer {
		}

	}

}
