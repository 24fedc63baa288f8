package ai.apertis.passthrough.ui;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

import ai.apertis.client.call.Outcome;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Tells the application's listeners of answers that have ended. Safe for use by several
 * threads.
 */
final class UiConversations {

	private static final Log logger = LogFactory.getLog(UiConversations.class);

	private final List<UiConversationListener> listeners;

	private final Duration limit;

	/**
	 * Create the conversations.
	 * @param limit how long the end of a complete answer waits for the listeners
	 */
	UiConversations(List<UiConversationListener> listeners, Duration limit) {
		this.listeners = List.copyOf(listeners);
		this.limit = limit;
	}

	/**
	 * Return whether nobody wants to know.
	 */
	boolean isEmpty() {
		return this.listeners.isEmpty();
	}

	/**
	 * Tell of the end of a stream, once.
	 * @param stream the stream
	 * @param completed tells how it has ended when it completes
	 * @param ended gives the conversation
	 */
	<T> Flux<T> over(Flux<T> stream, Supplier<Outcome> completed, Function<Outcome, UiConversation> ended) {
		if (isEmpty()) {
			return stream;
		}
		AtomicBoolean told = new AtomicBoolean();
		return stream.concatWith(Mono.defer(() -> tellOnce(told, () -> ended.apply(completed.get()))))
			.doOnError((failure) -> tellOnce(told, () -> ended.apply(Outcome.of(failure))))
			.doOnCancel(() -> tellOnce(told, () -> ended.apply(Outcome.CANCELLED)));
	}

	/**
	 * Whoever stops waiting does not interrupt what the listeners do.
	 */
	private <T> Mono<T> tellOnce(AtomicBoolean told, Supplier<UiConversation> conversation) {
		if (!told.compareAndSet(false, true)) {
			return Mono.empty();
		}
		Sinks.Empty<T> done = Sinks.empty();
		Schedulers.boundedElastic().schedule(() -> {
			try {
				tell(conversation.get());
			}
			finally {
				done.tryEmitEmpty();
			}
		});
		return done.asMono()
			.timeout(this.limit, Mono.fromRunnable(this::logSlowness))
			// the response must not be ended by a thread that may be interrupted
			.publishOn(Schedulers.parallel());
	}

	private void tell(UiConversation conversation) {
		for (UiConversationListener listener : this.listeners) {
			try {
				listener.ended(conversation);
			}
			catch (RuntimeException ex) {
				logger.error("A listener of conversations has failed", ex);
			}
		}
	}

	private void logSlowness() {
		logger.warn("A listener of conversations takes longer than " + this.limit
				+ "; the end of the stream does not wait for it any more");
	}

}
