package ai.apertis.client.stream;

import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * The elements of one stream, from the buffers of its body: many elements may come out of
 * one buffer, and one element may take many buffers.
 * <p>
 * An operator of its own, because none of Reactor's does all of this: the next buffer is
 * requested only when all elements of the last have been taken; what came before a
 * failure is delivered before it; the stream ends, and the connection is closed, at the
 * done marker and not at the end of the body; and an element costs no more than a call.
 *
 * @param <T> the type of the elements
 */
final class StreamFlux<T> extends Flux<T> {

	private final Flux<DataBuffer> body;

	private final EventStream events;

	private final StreamReader<T> reader;

	/**
	 * Create the elements of one stream. To be subscribed to once.
	 * @param body the buffers of the body
	 * @param events the stream that the buffers are read into
	 * @param reader makes elements of the stream's events
	 */
	StreamFlux(Flux<DataBuffer> body, EventStream events, StreamReader<T> reader) {
		this.body = body;
		this.events = events;
		this.reader = reader;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		this.body.subscribe(new Reading<>(actual, this.events, this.reader));
	}

	private static final class Reading<T> extends WorkLoop implements CoreSubscriber<DataBuffer>, Subscription {

		private final CoreSubscriber<? super T> actual;

		private final EventStream events;

		private final StreamReader<T> reader;

		private final AtomicLong requested = new AtomicLong();

		private volatile @Nullable Subscription upstream;

		/** Never more than one, as no more than one is requested. */
		private volatile @Nullable DataBuffer incoming;

		private volatile boolean bodyEnded;

		private @Nullable Throwable bodyFailure;

		private volatile boolean cancelled;

		// the rest belongs to whoever reads

		private boolean awaitingBuffer;

		private boolean bodyEndSeen;

		private boolean terminated;

		private @Nullable T pending;

		private @Nullable RuntimeException readerFault;

		private long delivered;

		Reading(CoreSubscriber<? super T> actual, EventStream events, StreamReader<T> reader) {
			this.actual = actual;
			this.events = events;
			this.reader = reader;
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			if (Operators.validate(this.upstream, subscription)) {
				this.upstream = subscription;
				this.actual.onSubscribe(this);
			}
		}

		@Override
		public void onNext(DataBuffer buffer) {
			if (tryBegin()) {
				take(buffer);
				workOn();
			}
			else {
				this.incoming = buffer;
				work();
			}
		}

		@Override
		public void onError(Throwable failure) {
			this.bodyFailure = failure;
			this.bodyEnded = true;
			work();
		}

		@Override
		public void onComplete() {
			this.bodyEnded = true;
			work();
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n)) {
				this.requested.accumulateAndGet(n, Operators::addCap);
				work();
			}
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			closeUpstream();
			work();
		}

		@Override
		protected void workOnce() {
			takeIncoming();
			while (!this.terminated) {
				if (this.cancelled) {
					this.terminated = true;
					if (this.pending != null) {
						this.reader.discard(this.pending, currentContext());
						this.pending = null;
					}
					lookAtRest();
					this.events.cancel();
					return;
				}
				T element = (this.pending != null) ? this.pending : readNext();
				if (element == null) {
					if (!endOrRequest()) {
						return;
					}
				}
				else if (!deliver(element)) {
					return;
				}
			}
		}

		/**
		 * Deliver an element, or keep it until it is wanted.
		 * @return whether it has been delivered
		 */
		private boolean deliver(T element) {
			if (this.delivered == this.requested.get()) {
				this.pending = element;
				return false;
			}
			if (this.pending != null) {
				this.pending = null;
			}
			this.delivered++;
			this.actual.onNext(element);
			return true;
		}

		/**
		 * What has come is billed, and may be the usage, even if it is not wanted.
		 */
		private void lookAtRest() {
			try {
				while (this.events.next() != null) {
					// that it is judged is all
				}
			}
			catch (RuntimeException ex) {
				this.events.fail(ex);
			}
		}

		/**
		 * A fault of the reader ends the stream like any other failure.
		 */
		private @Nullable T readNext() {
			try {
				return this.reader.next(this.events);
			}
			catch (RuntimeException ex) {
				fail(ex);
				return null;
			}
		}

		/**
		 * The stream may have ended already: what the reader makes of its end is a part
		 * of the answer all the same.
		 */
		private void fail(RuntimeException fault) {
			if (this.events.outcome() != null) {
				this.readerFault = fault;
			}
			this.events.fail(fault);
		}

		/**
		 * Nothing keeps the buffer: a reference in an object that lives long is what the
		 * garbage collector has to look after.
		 */
		private @Nullable T readFirst(DataBuffer buffer) {
			T element = null;
			try {
				this.events.copy(buffer);
				element = this.reader.next(this.events, buffer);
			}
			catch (RuntimeException ex) {
				fail(ex);
			}
			finally {
				if (element != buffer) {
					DataBufferUtils.release(buffer);
				}
			}
			return element;
		}

		/**
		 * All that can be read has been read: the stream has ended, or more is needed.
		 * @return whether to look again
		 */
		private boolean endOrRequest() {
			if (this.events.outcome() != null) {
				terminate();
				return false;
			}
			// looked at first, as a buffer may come with the end behind it meanwhile
			boolean bodyEnded = this.bodyEnded;
			if (takeIncoming() || (bodyEnded && takeBodyEnd())) {
				return true;
			}
			if (!this.awaitingBuffer && this.delivered < this.requested.get()) {
				this.awaitingBuffer = true;
				Subscription upstream = this.upstream;
				if (upstream != null) {
					upstream.request(1);
				}
			}
			return false;
		}

		private boolean takeIncoming() {
			DataBuffer buffer = this.incoming;
			if (buffer == null) {
				return false;
			}
			this.incoming = null;
			return take(buffer);
		}

		private boolean take(DataBuffer buffer) {
			this.awaitingBuffer = false;
			if (this.terminated) {
				DataBufferUtils.release(buffer);
				closeUpstream();
				return false;
			}
			if (this.cancelled) {
				this.events.append(buffer);
				return true;
			}
			T element = readFirst(buffer);
			if (element != null) {
				deliver(element);
			}
			return true;
		}

		private boolean takeBodyEnd() {
			if (this.bodyEndSeen) {
				return false;
			}
			this.bodyEndSeen = true;
			if (this.bodyFailure != null) {
				this.events.bodyFailed(this.bodyFailure);
			}
			else {
				this.events.bodyEnded();
			}
			return true;
		}

		private void terminate() {
			this.terminated = true;
			Throwable failure = (this.readerFault != null) ? this.readerFault : this.events.failure();
			if (failure != null) {
				closeUpstream();
				this.actual.onError(failure);
			}
			else {
				letEnd();
				this.actual.onComplete();
			}
		}

		/**
		 * Let the body of a whole answer end by itself, as it is about to: its connection
		 * can then serve the next call. Whatever else comes closes it, and so does
		 * silence.
		 */
		private void letEnd() {
			Subscription upstream = this.upstream;
			if (upstream != null && !this.bodyEnded && !this.awaitingBuffer) {
				upstream.request(1);
			}
		}

		private void closeUpstream() {
			Subscription upstream = this.upstream;
			if (upstream != null) {
				upstream.cancel();
			}
		}

	}

}
