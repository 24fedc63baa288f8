package ai.apertis.autoconfigure;

import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.function.Function;

import ai.apertis.client.error.ConnectionException;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * {@link ClientHttpConnector} that connects through a proxy, and names the proxy when it
 * fails, as the gateway would seem to fail otherwise.
 *
 * @param connector makes the connections
 * @param proxy what the proxy is called, with its property
 */
record ProxiedConnector(ClientHttpConnector connector, String proxy) implements ClientHttpConnector {

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> request) {
		return this.connector.connect(method, uri, request).onErrorMap(this::named);
	}

	private Throwable named(Throwable failure) {
		String name = failure.getClass().getSimpleName();
		if (name.contains("ProxyConnect")) {
			return new ConnectionException(
					"The " + this.proxy + " does not connect to the gateway: " + failure.getMessage(), failure);
		}
		if (failure instanceof UnknownHostException || failure instanceof UnresolvedAddressException) {
			return unreachable("its name cannot be resolved", failure);
		}
		if (failure instanceof ConnectException || name.contains("ConnectTimeout")) {
			String message = (failure.getMessage() != null) ? failure.getMessage() : name;
			return unreachable(message.contains("refused") ? "it refuses the connection" : message, failure);
		}
		return failure;
	}

	private ConnectionException unreachable(String reason, Throwable failure) {
		return new ConnectionException("The " + this.proxy + " cannot be reached: " + reason, failure);
	}

}
