package ai.apertis.passthrough.ui;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

import ai.apertis.client.call.Outcome;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Tells the application's listeners of answers that have ended. Safe for use by several
 * threads.
 */
final class UiConversations {

	private static final Log logger = LogFactory.getLog(UiConversations.class);

	private final List<UiConversationListener> listeners;

	private final Duration limit;

	/** Tools that take long must not keep a conversation from being saved. */
	private final Scheduler threads;

	/**
	 * Create the conversations.
	 * @param limit how long the end of a complete answer waits for the listeners
	 */
	UiConversations(List<UiConversationListener> listeners, Duration limit) {
		this.listeners = List.copyOf(listeners);
		this.limit = limit;
		this.threads = listeners.isEmpty() ? Schedulers.immediate()
				: Schedulers.newBoundedElastic(Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE,
						Schedulers.DEFAULT_BOUNDED_ELASTIC_QUEUESIZE, "apertis-conversations", 60, true);
	}

	/**
	 * Return whether nobody wants to know.
	 */
	boolean isEmpty() {
		return this.listeners.isEmpty();
	}

	/**
	 * Let the listeners end what they are at.
	 */
	void close() {
		try {
			this.threads.disposeGracefully().block(this.limit);
		}
		catch (IllegalStateException ex) {
			logSlowness();
		}
	}

	/**
	 * Begin an answer.
	 * @param ended gives the conversation when it has ended
	 */
	Answer answer(Function<Outcome, UiConversation> ended) {
		return new Answer(ended);
	}

	private void tell(UiConversation conversation) {
		for (UiConversationListener listener : this.listeners) {
			try {
				listener.ended(conversation);
			}
			catch (RuntimeException | LinkageError ex) {
				logger.error("A listener of conversations has failed", ex);
			}
		}
	}

	private void logSlowness() {
		logger.warn("A listener of conversations takes longer than " + this.limit + "; it is not waited for any more");
	}

	/**
	 * One answer, whose end is told once.
	 */
	final class Answer {

		private final Function<Outcome, UiConversation> ended;

		private final AtomicBoolean told = new AtomicBoolean();

		private Answer(Function<Outcome, UiConversation> ended) {
			this.ended = ended;
		}

		/**
		 * Tell of a stream that does not complete.
		 */
		<T> Flux<T> over(Flux<T> stream) {
			return isEmpty() ? stream : stream.doOnError((failure) -> tellOnce(Outcome.of(failure)))
				.doOnCancel(() -> tellOnce(Outcome.CANCELLED));
		}

		/**
		 * Tell of the end.
		 * @return completes when the listeners know, or the limit has passed
		 */
		Mono<Void> tell(Outcome outcome) {
			return isEmpty() ? Mono.empty()
					: Mono.defer(() -> tellOnce(outcome))
						.timeout(UiConversations.this.limit, Mono.fromRunnable(UiConversations.this::logSlowness))
						// the response must not be ended by a thread that may be
						// interrupted
						.publishOn(Schedulers.parallel());
		}

		/**
		 * Whoever stops waiting does not interrupt what the listeners do.
		 */
		private Mono<Void> tellOnce(Outcome outcome) {
			if (!this.told.compareAndSet(false, true)) {
				return Mono.empty();
			}
			Sinks.Empty<Void> done = Sinks.empty();
			Supplier<UiConversation> conversation = () -> this.ended.apply(outcome);
			try {
				UiConversations.this.threads.schedule(() -> {
					try {
						UiConversations.this.tell(conversation.get());
					}
					finally {
						done.tryEmitEmpty();
					}
				});
			}
			catch (RejectedExecutionException ex) {
				logger.error("A conversation is not saved, as there is no thread for it", ex);
				done.tryEmitEmpty();
			}
			return done.asMono();
		}

	}

}
