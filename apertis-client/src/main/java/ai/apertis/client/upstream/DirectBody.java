package ai.apertis.client.upstream;

import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * The body of whichever attempt of a call is answered. What starts, watches and repeats
 * the attempts sees how a body ends, but not its buffers: these go straight from the HTTP
 * client to whoever reads them, as each operator on their way would be paid for with each
 * token.
 */
final class DirectBody extends Flux<DataBuffer> {

	private final Function<Line, Flux<Void>> attempts;

	/**
	 * Create a body. To be subscribed to once.
	 * @param attempts makes the attempts, puts their bodies through, and completes or
	 * fails as the body does that is read
	 */
	DirectBody(Function<Line, Flux<Void>> attempts) {
		this.attempts = attempts;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		Line line = new Line(actual);
		actual.onSubscribe(line);
		this.attempts.apply(line).subscribe(line.new Attempts());
	}

	/**
	 * What a body is put through to.
	 */
	static final class Line implements Subscription {

		private final CoreSubscriber<? super DataBuffer> actual;

		private volatile @Nullable SilenceWatch watch;

		private volatile @Nullable Subscription attempts;

		private volatile boolean cancelled;

		// guarded by this

		private @Nullable Subscription body;

		/** As nothing is handed on of an attempt that is repeated, none of it is lost. */
		private volatile long requested;

		/** Belongs to the thread of the HTTP client. */
		private long delivered;

		Line(CoreSubscriber<? super DataBuffer> actual) {
			this.actual = actual;
		}

		/**
		 * Watch the attempt that begins.
		 */
		void watchedBy(SilenceWatch watch) {
			this.watch = watch;
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
		 * @param first gives what looks at the first event, {@code null} if there is
		 * nothing to look for
		 * @return completes or fails as the body does
		 */
		Flux<Void> put(Flux<DataBuffer> body, @Nullable Supplier<FirstEvent> first) {
			return new Flux<>() {

				@Override
				public void subscribe(CoreSubscriber<? super Void> end) {
					body.subscribe(new Connection(end, (first != null) ? first.get() : null));
				}

			};
		}

		@Override
		public void request(long n) {
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
			this.cancelled = true;
			Subscription attempts = this.attempts;
			if (attempts != null) {
				attempts.cancel();
			}
		}

		/**
		 * Hears how the attempts end.
		 */
		private final class Attempts implements CoreSubscriber<Void> {

			@Override
			public Context currentContext() {
				return Line.this.actual.currentContext();
			}

			@Override
			public void onSubscribe(Subscription subscription) {
				Line.this.attempts = subscription;
				if (Line.this.cancelled) {
					subscription.cancel();
				}
				else {
					subscription.request(Long.MAX_VALUE);
				}
			}

			@Override
			public void onNext(Void nothing) {
				// there never is one
			}

			@Override
			public void onError(Throwable failure) {
				Line.this.actual.onError(failure);
			}

			@Override
			public void onComplete() {
				Line.this.actual.onComplete();
			}

		}

		/**
		 * Hears the buffers of one attempt.
		 */
		private final class Connection implements CoreSubscriber<DataBuffer>, Subscription {

			private final CoreSubscriber<? super Void> end;

			private @Nullable FirstEvent first;

			private @Nullable Subscription subscription;

			private boolean ended;

			Connection(CoreSubscriber<? super Void> end, @Nullable FirstEvent first) {
				this.end = end;
				this.first = first;
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
				if (this.first == null) {
					deliver(buffer);
				}
				else {
					lookAt(buffer, this.first);
				}
			}

			private void deliver(DataBuffer buffer) {
				Line.this.delivered++;
				SilenceWatch watch = Line.this.watch;
				if (watch != null) {
					watch.received(Line.this.delivered < Line.this.requested);
				}
				Line.this.actual.onNext(buffer);
			}

			private void lookAt(DataBuffer buffer, FirstEvent first) {
				DataBuffer held;
				try {
					held = first.lookAt(buffer);
				}
				catch (RuntimeException ex) {
					cancel();
					onError(ex);
					return;
				}
				if (held != null) {
					this.first = null;
					deliver(held);
				}
				else if (this.subscription != null) {
					SilenceWatch watch = Line.this.watch;
					if (watch != null) {
						watch.requested();
					}
					this.subscription.request(1);
				}
			}

			@Override
			public void onError(Throwable failure) {
				if (!this.ended) {
					this.ended = true;
					this.end.onError(failure);
				}
			}

			@Override
			public void onComplete() {
				if (!this.ended) {
					this.ended = true;
					this.end.onComplete();
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

}
