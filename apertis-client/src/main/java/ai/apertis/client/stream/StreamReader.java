package ai.apertis.client.stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Reads elements from a stream's events: chunks for Java code, bytes for a browser.
 *
 * @param <T> the type of the elements
 */
@FunctionalInterface
public interface StreamReader<T> {

	/**
	 * Read the next element.
	 * @param events the stream
	 * @return the element, or {@code null} if it takes more bytes, or if the stream has
	 * ended and there is no further element
	 */
	@Nullable T next(EventStream events);

	/**
	 * Read the next element, when a buffer has just been read into the stream.
	 * @param events the stream
	 * @param buffer the buffer, which is released afterwards, unless it is returned as
	 * the element
	 * @return the element, or {@code null} if it takes more bytes, or if the stream has
	 * ended and there is no further element
	 */
	default @Nullable T next(EventStream events, DataBuffer buffer) {
		return next(events);
	}

	/**
	 * An element that was read is not wanted any more, as the stream was cancelled.
	 * @param element the element
	 * @param context the context of the subscriber
	 */
	default void discard(T element, Context context) {
		Operators.onDiscard(element, context);
	}

}
