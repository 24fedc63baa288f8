package ai.apertis.passthrough.delivery;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Bytes of a response that go straight from what delivers them to the server. The
 * operators that admit, observe and end the exchange see how the delivery ends, but none
 * of its bytes, as each of them would cost time per token.
 */
public final class DirectResponse extends Flux<DataBuffer> {

	private final Function<Passage, Flux<Void>> exchange;

	/**
	 * Create the bytes of a response. To be subscribed to once.
	 * @param exchange the exchange, which puts its delivery through, and completes or
	 * fails as the response is to
	 */
	public DirectResponse(Function<Passage, Flux<Void>> exchange) {
		this.exchange = exchange;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		Passage passage = new Passage(actual);
		actual.onSubscribe(passage);
		this.exchange.apply(passage).subscribe(passage.end);
	}

	/**
	 * The way to the subscriber.
	 */
	public static final class Passage implements Subscription {

		private final CoreSubscriber<? super DataBuffer> actual;

		private final Operators.DeferredSubscription delivery = new Operators.DeferredSubscription();

		private final End end = new End();

		private Passage(CoreSubscriber<? super DataBuffer> actual) {
			this.actual = actual;
		}

		/**
		 * Put a delivery through. To be called once.
		 * @param delivery the bytes
		 * @return completes or fails as the delivery does
		 */
		public Flux<Void> put(Flux<DataBuffer> delivery) {
			return new Flux<>() {

				@Override
				public void subscribe(CoreSubscriber<? super Void> end) {
					delivery.subscribe(new Through(end));
				}

			};
		}

		@Override
		public void request(long n) {
			this.delivery.request(n);
		}

		@Override
		public void cancel() {
			this.end.cancel();
		}

		/**
		 * Subscriber to the delivery.
		 */
		private final class Through implements CoreSubscriber<DataBuffer>, Subscription {

			private final CoreSubscriber<? super DataBuffer> actual = Passage.this.actual;

			private final CoreSubscriber<? super Void> end;

			private @Nullable Subscription subscription;

			Through(CoreSubscriber<? super Void> end) {
				this.end = end;
			}

			@Override
			public Context currentContext() {
				return this.end.currentContext();
			}

			@Override
			public void onSubscribe(Subscription subscription) {
				this.subscription = subscription;
				this.end.onSubscribe(this);
				Passage.this.delivery.set(subscription);
			}

			@Override
			public void onNext(DataBuffer bytes) {
				this.actual.onNext(bytes);
			}

			@Override
			public void onError(Throwable failure) {
				this.end.onError(failure);
			}

			@Override
			public void onComplete() {
				this.end.onComplete();
			}

			@Override
			public void request(long n) {
				// whoever takes the bytes requests them
			}

			@Override
			public void cancel() {
				if (this.subscription != null) {
					this.subscription.cancel();
				}
			}

		}

		/**
		 * Subscriber to the exchange, for its end.
		 */
		private final class End extends BaseSubscriber<Void> {

			@Override
			public Context currentContext() {
				return Passage.this.actual.currentContext();
			}

			@Override
			protected void hookOnError(Throwable failure) {
				Passage.this.actual.onError(failure);
			}

			@Override
			protected void hookOnComplete() {
				Passage.this.actual.onComplete();
			}

		}

	}

}
