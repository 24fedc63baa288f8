package ai.apertis.client.upstream;

import java.util.function.Function;
import java.util.function.Supplier;

import ai.apertis.client.error.ApertisException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * {@link WebClient} that is built by the first call, so that an application without calls
 * pays for none: on a thread that may block, as its parts may have to be built too. Safe
 * for use by several threads.
 */
final class LazyWebClient {

	private static final Log logger = LogFactory.getLog(LazyWebClient.class);

	private final Supplier<WebClient> building;

	private volatile @Nullable WebClient built;

	/**
	 * Create a client.
	 * @param building builds it. Is asked again if it fails, and also by calls that come
	 * while it is asked: no lock is held, as a thread that asks may have to wait for
	 * another one that makes the first call itself
	 */
	LazyWebClient(Supplier<WebClient> building) {
		this.building = building;
	}

	/**
	 * Send a request whose answer is a stream.
	 */
	<T> Flux<T> many(Function<WebClient, Flux<T>> exchange) {
		WebClient client = this.built;
		return (client != null) ? exchange.apply(client) : build().flatMapMany(exchange);
	}

	/**
	 * Send a request whose answer is a whole.
	 */
	<T> Mono<T> one(Function<WebClient, Mono<T>> exchange) {
		WebClient client = this.built;
		return (client != null) ? exchange.apply(client) : build().flatMap(exchange);
	}

	/**
	 * Whoever cancels the call does not interrupt what others may wait for.
	 */
	private Mono<WebClient> build() {
		return Mono.<WebClient>create((call) -> {
			if (Schedulers.isInNonBlockingThread()) {
				Schedulers.boundedElastic().schedule(() -> build(call));
			}
			else {
				build(call);
			}
		}).onErrorMap((failure) -> !(failure instanceof ApertisException), LazyWebClient::unbuilt);
	}

	/**
	 * A class that is missing ends the call too.
	 */
	private void build(MonoSink<WebClient> call) {
		try {
			call.success(get());
		}
		catch (RuntimeException | Error ex) {
			call.error(ex);
		}
	}

	private WebClient get() {
		WebClient client = this.built;
		if (client == null) {
			client = this.building.get();
			this.built = client;
		}
		return client;
	}

	/**
	 * It is the application's fault, and its callers need no more.
	 */
	private static Throwable unbuilt(Throwable failure) {
		logger.error("The HTTP client for the gateway cannot be built", failure);
		return new UnbuiltClientException(failure);
	}

}
