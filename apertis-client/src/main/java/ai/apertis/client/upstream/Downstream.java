package ai.apertis.client.upstream;

import java.util.function.IntSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * What the body of the attempt that is answered is put through to.
 */
final class Downstream implements Subscription {

	private final CoreSubscriber<? super DataBuffer> actual;

	private volatile @Nullable SilenceWatch watch;

	private final AttemptsSubscriber attempts = new AttemptsSubscriber();

	// guarded by this

	private @Nullable Subscription body;

	/** As nothing is handed on of an attempt that is repeated, none of it is lost. */
	private volatile long requested;

	/** Belongs to the thread of the HTTP client. */
	private long delivered;

	private final EventMemory.Share share;

	private final IntSupplier gathered;

	Downstream(CoreSubscriber<? super DataBuffer> actual, EventMemory.Share share, IntSupplier gathered) {
		this.actual = actual;
		this.share = share;
		this.gathered = gathered;
	}

	/**
	 * Return the subscriber to the attempts.
	 */
	CoreSubscriber<Void> attempts() {
		return this.attempts;
	}

	/**
	 * Watch the attempt that begins.
	 */
	void watchedBy(SilenceWatch watch) {
		this.watch = watch;
		this.share.reset();
		synchronized (this) {
			this.body = null;
			if (this.requested > 0) {
				watch.requested();
			}
		}
	}

	/**
	 * Put the body of an attempt through.
	 * @param body its buffers
	 * @param start gives what looks at its beginning
	 * @return completes or fails as the body does
	 */
	Flux<Void> put(Flux<DataBuffer> body, Supplier<ResponseStart> start) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Void> end) {
				body.subscribe(new BodySubscriber(end, start.get()));
			}

		};
	}

	/**
	 * The next buffer is not read as long as there is no room for the event that is
	 * gathered. That is no silence of the gateway.
	 */
	@Override
	public void request(long n) {
		int gathered = this.gathered.getAsInt();
		if (this.share.isNeedless(gathered) || whenThereIsRoom(gathered, () -> requestNow(n))) {
			requestNow(n);
		}
	}

	private boolean whenThereIsRoom(int gathered, Runnable request) {
		return this.share.take(gathered, () -> {
			if (whenThereIsRoom(gathered, request)) {
				request.run();
			}
		});
	}

	private void requestNow(long n) {
		SilenceWatch watch = this.watch;
		if (watch != null) {
			watch.requested();
		}
		Subscription body;
		synchronized (this) {
			this.requested = Operators.addCap(this.requested, n);
			body = this.body;
		}
		if (body != null) {
			body.request(n);
		}
	}

	private void connect(Subscription body) {
		long n;
		synchronized (this) {
			this.body = body;
			n = this.requested;
		}
		if (n > 0) {
			body.request(n);
		}
	}

	@Override
	public void cancel() {
		this.share.close();
		this.attempts.cancel();
	}

	/**
	 * Subscriber to the attempts, for their end.
	 */
	private final class AttemptsSubscriber extends BaseSubscriber<Void> {

		@Override
		public Context currentContext() {
			return Downstream.this.actual.currentContext();
		}

		@Override
		protected void hookOnError(Throwable failure) {
			Downstream.this.share.close();
			Downstream.this.actual.onError(failure);
		}

		@Override
		protected void hookOnComplete() {
			Downstream.this.share.close();
			Downstream.this.actual.onComplete();
		}

	}

	/**
	 * Subscriber to the body of one attempt.
	 */
	private final class BodySubscriber implements CoreSubscriber<DataBuffer>, Subscription {

		private final CoreSubscriber<? super Void> end;

		/** {@code null} once the body is handed on as it comes. */
		private @Nullable ResponseStart start;

		private @Nullable Subscription subscription;

		private boolean ended;

		BodySubscriber(CoreSubscriber<? super Void> end, ResponseStart start) {
			this.end = end;
			this.start = start;
		}

		@Override
		public Context currentContext() {
			return this.end.currentContext();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			this.subscription = subscription;
			this.end.onSubscribe(this);
			connect(subscription);
		}

		@Override
		public void onNext(DataBuffer buffer) {
			if (this.ended) {
				DataBufferUtils.release(buffer);
				return;
			}
			if (this.start == null) {
				deliver(buffer);
			}
			else {
				lookAt(buffer, this.start);
			}
		}

		private void deliver(DataBuffer buffer) {
			Downstream.this.delivered++;
			SilenceWatch watch = Downstream.this.watch;
			if (watch != null) {
				watch.received(Downstream.this.delivered < Downstream.this.requested);
			}
			Downstream.this.actual.onNext(buffer);
		}

		private void lookAt(DataBuffer buffer, ResponseStart start) {
			DataBuffer held;
			try {
				held = start.lookAt(buffer);
			}
			catch (RuntimeException ex) {
				// nothing of an answer that is an error is handed on
				this.start = null;
				cancel();
				onError(ex);
				return;
			}
			if (held != null) {
				this.start = null;
				deliver(held);
			}
			else {
				// to wait for room is no silence of the gateway
				SilenceWatch watch = Downstream.this.watch;
				if (watch != null) {
					watch.received(false);
				}
				if (whenThereIsRoom(start.size(), this::requestNext)) {
					requestNext();
				}
			}
		}

		private void requestNext() {
			Subscription subscription = this.subscription;
			if (subscription != null && !this.ended) {
				SilenceWatch watch = Downstream.this.watch;
				if (watch != null) {
					watch.requested();
				}
				subscription.request(1);
			}
		}

		@Override
		public void onError(Throwable failure) {
			if (!this.ended) {
				this.ended = true;
				deliverRest((this.start != null) ? this.start.atFailure() : null);
				this.end.onError(failure);
			}
		}

		@Override
		public void onComplete() {
			if (!this.ended) {
				this.ended = true;
				try {
					deliverRest((this.start != null) ? this.start.atEnd() : null);
				}
				catch (RuntimeException ex) {
					this.end.onError(ex);
					return;
				}
				this.end.onComplete();
			}
		}

		/**
		 * What was held was requested, and is handed on before the end.
		 */
		private void deliverRest(@Nullable DataBuffer held) {
			if (held != null) {
				this.start = null;
				deliver(held);
			}
		}

		@Override
		public void request(long n) {
			// whoever reads the buffers requests them
		}

		@Override
		public void cancel() {
			if (this.subscription != null) {
				this.subscription.cancel();
			}
		}

	}

}
