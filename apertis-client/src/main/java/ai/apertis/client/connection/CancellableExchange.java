package ai.apertis.client.connection;

import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;

/**
 * {@link HttpClient} of the JDK whose response bodies can be cancelled from outside.
 */
final class CancellableExchange extends HttpClient {

	private final HttpClient client;

	private volatile boolean cancelled;

	private volatile Flow.@Nullable Subscription body;

	CancellableExchange(HttpClient client) {
		this.client = client;
	}

	/**
	 * Close the connection of the exchange, if its body has not ended.
	 */
	void cancel() {
		this.cancelled = true;
		Flow.Subscription body = this.body;
		if (body != null) {
			body.cancel();
		}
	}

	@Override
	public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
		CompletableFuture<HttpResponse<T>> sent = this.client.sendAsync(withoutUpgrade(request), (info) -> {
			BodySubscriber<T> subscriber = handler.apply(info);
			return BodySubscribers.mapping(subscriber, this::watched);
		});
		CompletableFuture<HttpResponse<T>> result = new CancellableResult<>(sent);
		sent.whenComplete((response, failure) -> {
			if (failure != null) {
				result.completeExceptionally(failure);
			}
			else {
				result.complete(response);
			}
		});
		return result;
	}

	/**
	 * Without encryption the JDK's client offers to upgrade to HTTP/2 with each request,
	 * at which some servers lose its body.
	 */
	private static HttpRequest withoutUpgrade(HttpRequest request) {
		boolean offers = "http".equalsIgnoreCase(request.uri().getScheme()) && request.version().isEmpty();
		return offers ? HttpRequest.newBuilder(request, (name, value) -> true).version(Version.HTTP_1_1).build()
				: request;
	}

	@SuppressWarnings("unchecked")
	private <T> T watched(T body) {
		return (body instanceof Flow.Publisher<?> publisher) ? (T) new WatchedBody<>(publisher) : body;
	}

	@Override
	public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler,
			@Nullable PushPromiseHandler<T> pushPromiseHandler) {
		return sendAsync(request, handler);
	}

	@Override
	public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
		return sendAsync(request, handler).join();
	}

	@Override
	public Optional<CookieHandler> cookieHandler() {
		return this.client.cookieHandler();
	}

	@Override
	public Optional<Duration> connectTimeout() {
		return this.client.connectTimeout();
	}

	@Override
	public Redirect followRedirects() {
		return this.client.followRedirects();
	}

	@Override
	public Optional<ProxySelector> proxy() {
		return this.client.proxy();
	}

	@Override
	public SSLContext sslContext() {
		return this.client.sslContext();
	}

	@Override
	public SSLParameters sslParameters() {
		return this.client.sslParameters();
	}

	@Override
	public Optional<Authenticator> authenticator() {
		return this.client.authenticator();
	}

	@Override
	public Version version() {
		return this.client.version();
	}

	@Override
	public Optional<Executor> executor() {
		return this.client.executor();
	}

	/**
	 * An answer that is awaited. Its cancellation reaches the exchange, and comes back as
	 * such and not wrapped, so that it is not taken for a failure.
	 */
	private static final class CancellableResult<T> extends CompletableFuture<T> {

		private final CompletableFuture<T> sent;

		CancellableResult(CompletableFuture<T> sent) {
			this.sent = sent;
		}

		@Override
		public boolean cancel(boolean mayInterruptIfRunning) {
			boolean cancelled = super.cancel(mayInterruptIfRunning);
			this.sent.cancel(mayInterruptIfRunning);
			return cancelled;
		}

	}

	/**
	 * A body whose subscription is remembered, and which is silent once it is cancelled.
	 */
	private final class WatchedBody<T> implements Flow.Publisher<T> {

		private final Flow.Publisher<T> publisher;

		WatchedBody(Flow.Publisher<T> publisher) {
			this.publisher = publisher;
		}

		@Override
		public void subscribe(Flow.Subscriber<? super T> subscriber) {
			this.publisher.subscribe(new Flow.Subscriber<>() {

				@Override
				public void onSubscribe(Flow.Subscription subscription) {
					CancellableExchange.this.body = subscription;
					subscriber.onSubscribe(subscription);
					if (CancellableExchange.this.cancelled) {
						subscription.cancel();
					}
				}

				@Override
				public void onNext(T item) {
					if (!CancellableExchange.this.cancelled) {
						subscriber.onNext(item);
					}
				}

				@Override
				public void onError(Throwable failure) {
					if (!CancellableExchange.this.cancelled) {
						subscriber.onError(failure);
					}
				}

				@Override
				public void onComplete() {
					if (!CancellableExchange.this.cancelled) {
						subscriber.onComplete();
					}
				}

			});
		}

	}

}
