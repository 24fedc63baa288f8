package ai.apertis.client.stream;

import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.sse.Event;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Wire protocol of one stream: what each event means, when the answer is whole, and a
 * summary of what has come. It knows neither HTTP nor the form in which the answer is
 * handed on. Used by one thread at a time, for one stream.
 */
public interface StreamProtocol {

	/**
	 * Take the next event into account.
	 * @param event the event, valid during the call only
	 * @return what the event means
	 * @throws JacksonException if the event should be JSON and is not
	 */
	EventKind observe(Event event);

	/**
	 * Take an event behind the end of a whole answer into account: only the usage is
	 * expected there.
	 * @param event the event, valid during the call only
	 * @return {@link EventKind#USAGE} or {@link EventKind#NOTHING}
	 */
	default EventKind observeTrailing(Event event) {
		return EventKind.NOTHING;
	}

	/**
	 * Take into account what is left of a body that ended within an event. It is no part
	 * of the answer, but may be an error or the done marker.
	 * @param rest the bytes that are left
	 */
	default void observeUnterminated(Event rest) {
	}

	/**
	 * Split an event whose sender forgot the empty lines between several.
	 * @param event an event with several {@code data} lines
	 * @return the events that it should have been, empty if it is one
	 */
	default List<Event> split(Event event) {
		return List.of();
	}

	/**
	 * Return whether anything of the answer has come that is worth handing on.
	 * @return whether a retry would lose something
	 */
	boolean hasSubstance();

	/**
	 * Return whether the answer is whole and only the usage or the done marker may
	 * follow: silence ends the stream soon then. Not called behind the done marker.
	 * @return whether the answer is at its end
	 */
	boolean isAtEnd();

	/**
	 * Return whether the usage may come behind the event that marks the end, as some
	 * gateways tell it there.
	 * @return whether a completed stream without usage is read on for a moment
	 */
	default boolean isUsageTrailing() {
		return true;
	}

	/**
	 * Return whether more is told of an error that has come: another event that belongs
	 * to it.
	 * @return whether the stream is read on behind the error
	 */
	default boolean isErrorFollowed() {
		return false;
	}

	/**
	 * Return how the stream would end if it ended now.
	 * @return {@link Outcome#COMPLETED}, {@link Outcome#FAILED} or
	 * {@link Outcome#INTERRUPTED}
	 */
	Outcome outcome();

	/**
	 * Return why the answer is not whole.
	 * @return a sentence for the message of an exception
	 */
	default String interruption() {
		return "The stream ended before the answer was whole";
	}

	/**
	 * Return the error that the gateway reported inside the stream.
	 * @return the error, {@code null} if there was none
	 */
	@Nullable GatewayError error();

	/**
	 * Return whether that error came in the shape in which clients of the protocol expect
	 * it, so that its event can be handed on as it is.
	 * @return whether the error's event has the usual shape
	 */
	default boolean isErrorConventional() {
		return error() != null;
	}

	/**
	 * Return how many output tokens may have come so far, rather more than fewer. Called
	 * for each event, so that it must cost next to nothing.
	 * @return the number of tokens
	 */
	default long tokens() {
		return summary().tokens();
	}

	/**
	 * Return what has come so far.
	 * @return the summary
	 */
	StreamSummary summary();

}
