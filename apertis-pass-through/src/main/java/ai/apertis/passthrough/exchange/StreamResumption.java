package ai.apertis.passthrough.exchange;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.DeliverySettings;
import ai.apertis.passthrough.delivery.NothingToDeliverException;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.delivery.WholeDelivery;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import ai.apertis.passthrough.limit.AccessControl;
import ai.apertis.passthrough.resume.ReplayErrors;
import ai.apertis.passthrough.resume.ResumableStreams;
import ai.apertis.passthrough.resume.ResumedStream;
import ai.apertis.passthrough.route.Route;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Answers clients who come back for a stream, or want it to end. Knows neither of the web
 * stacks. Safe for use by several threads.
 */
public final class StreamResumption {

	/** Where streams are, below the base path, by their ids. */
	public static final String PATH = "/v1/streams/{id}";

	/** Where the stream of a conversation is, below its route. */
	public static final String CONVERSATION_PATH = "/{id}/stream";

	/** How the actuator names the model of what is only read again. */
	static final String RESUMED = "resumed";

	private static final ErrorFormat ERRORS = new ReplayErrors(new OpenAiErrorFormat());

	private final ResumableStreams streams;

	private final AccessControl access;

	private final ActiveStreams active;

	private final DeliverySettings delivery;

	private final PassThroughEvents listener;

	/**
	 * Create a resumption.
	 * @param streams the streams that can be resumed
	 * @param access who the clients are
	 * @param active the responses that are under way
	 * @param delivery how they are delivered
	 * @param listener callback for what it does
	 */
	public StreamResumption(ResumableStreams streams, AccessControl access, ActiveStreams active,
			DeliverySettings delivery, PassThroughEvents listener) {
		this.streams = streams;
		this.access = access;
		this.active = active;
		this.delivery = delivery;
		this.listener = listener;
	}

	/**
	 * Resume a stream.
	 * @param caller who asks
	 * @param id the stream's id
	 * @param startingAfter the parameter of this name, {@code null} if there is none
	 * @return the response: the events behind the one that is named by the parameter or
	 * the header {@code Last-Event-ID}, with their numbers
	 */
	public StreamedResponse resume(Caller caller, String id, @Nullable String startingAfter) {
		return resumed(ERRORS, caller, Mono.defer(() -> this.streams.find(this.access.user(caller), id,
				ResumableStreams.cursor(caller.headers(), startingAfter))));
	}

	/**
	 * Resume the stream of a conversation.
	 * @param route the route that it came by
	 * @param caller who asks
	 * @param conversation the conversation's id
	 * @return the response: the whole stream if one is under way, else it is empty
	 */
	public StreamedResponse resume(Route route, Caller caller, String conversation) {
		return resumed(new ReplayErrors(route.errors()), caller,
				Mono.defer(() -> this.streams.findConversation(this.access.user(caller), conversation)));
	}

	private StreamedResponse resumed(ErrorFormat errors, Caller caller, Mono<ResumedStream> found) {
		ResumedExchange exchange = new ResumedExchange(errors, this.delivery, this.listener);
		return exchange.respond(Flux
			.using(() -> this.active.begin(RESUMED, this.access.user(caller), exchange::stop),
					(place) -> found.flatMapMany(exchange::deliver), this.active::end)
			.doOnError(RefusedException.class, this::count));
	}

	private void count(RefusedException refusal) {
		this.listener.refused(refusal.code());
	}

	/**
	 * Stop a stream, whichever instance has it.
	 * @param caller who asks
	 * @param id the stream's id
	 * @return the response, which is empty
	 */
	public StreamedResponse stop(Caller caller, String id) {
		return stopped(ERRORS, Mono.defer(() -> this.streams.stop(this.access.user(caller), id)));
	}

	/**
	 * Stop the stream of a conversation.
	 * @param route the route that it came by
	 * @param caller who asks
	 * @param conversation the conversation's id
	 * @return the response, which is empty
	 */
	public StreamedResponse stop(Route route, Caller caller, String conversation) {
		return stopped(new ReplayErrors(route.errors()),
				Mono.defer(() -> this.streams.stopConversation(this.access.user(caller), conversation)));
	}

	private StreamedResponse stopped(ErrorFormat errors, Mono<Void> stopped) {
		return new WholeDelivery(this.delivery.writeTimeout(), errors)
			.respond((delivery) -> stopped.thenMany(Flux.<DataBuffer>error(NothingToDeliverException::new))
				.doOnError(RefusedException.class, this::count));
	}

}
