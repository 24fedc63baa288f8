package ai.apertis.client.stream;

import java.util.function.Consumer;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.sse.Event;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * Callback for the lifecycle of a stream.
 */
public interface StreamListener {

	/** A listener that does nothing. */
	StreamListener NONE = new StreamListener() {
	};

	/**
	 * The request is about to be sent, for the first time or once more.
	 */
	default void sending() {
	}

	/**
	 * The gateway has answered with a stream, and its first event is no error. Called by
	 * the thread of the HTTP client, before anything of the stream is handed on.
	 * @param headers the response's headers
	 */
	default void onResponse(HttpHeaders headers) {
	}

	/**
	 * The next buffer of the body is about to be read: no chunk may come out of it, or
	 * several. It may have waited until the consumer had taken the chunks of the last.
	 * Called by whichever thread reads the stream, so that it must cost next to nothing.
	 */
	default void reading() {
	}

	/**
	 * A chunk has come. Called for each chunk, by whichever thread reads the stream, so
	 * that it must cost next to nothing.
	 * @param event the chunk as it came, valid during the call only
	 */
	default void chunk(Event event) {
	}

	/**
	 * The call is about to be retried. Nothing of the failed attempt has been handed on.
	 * @param failure why
	 * @param received what had come of the answer all the same, {@code null} if that is
	 * nothing
	 * @param model the model of the next attempt, {@code null} if it is the same
	 */
	default void onRetry(Throwable failure, @Nullable StreamSummary received, @Nullable String model) {
	}

	/**
	 * The stream has ended. Called exactly once, by whichever thread reads or cancels the
	 * stream.
	 * @param outcome how it ended
	 * @param summary what came of it
	 * @param failure the failure, {@code null} if the stream completed or was cancelled
	 */
	default void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
	}

	/**
	 * Create a listener for the headers of the response.
	 * @param consumer takes them, before anything of the stream is handed on
	 * @return the listener
	 */
	static StreamListener forResponse(Consumer<HttpHeaders> consumer) {
		return new StreamListener() {

			@Override
			public void onResponse(HttpHeaders headers) {
				consumer.accept(headers);
			}

		};
	}

	/**
	 * Add another listener.
	 * @param other called after this one
	 * @return a listener that calls both
	 */
	default StreamListener and(StreamListener other) {
		StreamListener first = this;
		return new StreamListener() {

			@Override
			public void sending() {
				first.sending();
				other.sending();
			}

			@Override
			public void onResponse(HttpHeaders headers) {
				first.onResponse(headers);
				other.onResponse(headers);
			}

			@Override
			public void reading() {
				first.reading();
				other.reading();
			}

			@Override
			public void chunk(Event event) {
				first.chunk(event);
				other.chunk(event);
			}

			@Override
			public void onRetry(Throwable failure, @Nullable StreamSummary received, @Nullable String model) {
				first.onRetry(failure, received, model);
				other.onRetry(failure, received, model);
			}

			@Override
			public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
				try {
					first.ended(outcome, summary, failure);
				}
				finally {
					other.ended(outcome, summary, failure);
				}
			}

		};
	}

}
