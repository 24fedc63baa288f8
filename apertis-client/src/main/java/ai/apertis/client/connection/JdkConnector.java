package ai.apertis.client.connection;

import java.net.URI;
import java.net.http.HttpClient;
import java.util.function.Function;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;
import org.springframework.http.client.reactive.JdkClientHttpConnector;

/**
 * {@link ClientHttpConnector} for the HTTP client of the JDK, for applications without
 * Reactor Netty. Spring's own connector loses the cancellation of a body, so that an
 * abandoned stream goes on and is billed; this one closes its connection.
 * <p>
 * Needed until Spring's own connector closes the connection of a cancelled body; the test
 * of cancellation with the JDK's HTTP client shows when it does.
 *
 * @see org.springframework.http.client.reactive.JdkClientHttpConnector
 */
public final class JdkConnector implements ClientHttpConnector {

	private final HttpClient httpClient;

	/**
	 * Create a connector.
	 * @param httpClient the HTTP client
	 */
	public JdkConnector(HttpClient httpClient) {
		this.httpClient = httpClient;
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		CancellableExchange exchange = new CancellableExchange(this.httpClient);
		return new JdkClientHttpConnector(exchange).connect(method, uri, requestCallback)
			.map((response) -> new Cancellable(response, exchange));
	}

	private static final class Cancellable extends ClientHttpResponseDecorator {

		private final CancellableExchange exchange;

		Cancellable(ClientHttpResponse response, CancellableExchange exchange) {
			super(response);
			this.exchange = exchange;
		}

		@Override
		public Flux<DataBuffer> getBody() {
			return super.getBody().doOnCancel(this.exchange::cancel);
		}

	}

}
