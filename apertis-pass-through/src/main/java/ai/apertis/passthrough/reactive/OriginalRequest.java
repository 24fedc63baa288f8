package ai.apertis.passthrough.reactive;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.ClassUtils;

/**
 * A request as it came, before anybody has believed its headers.
 *
 * @param peer the address at the other end of the connection, {@code null} if it is not
 * known
 * @param headers gives the values of a header
 */
record OriginalRequest(@Nullable String peer, Function<String, List<String>> headers) {

	private static final boolean NETTY = ClassUtils.isPresent("reactor.netty.http.server.HttpServerRequest",
			OriginalRequest.class.getClassLoader());

	/**
	 * Find the request of Reactor Netty behind Spring's.
	 * @return the request, {@code null} if the application runs on another server
	 */
	static @Nullable OriginalRequest of(ServerHttpRequest request) {
		return NETTY ? Netty.of(request) : null;
	}

	List<String> header(String name) {
		return this.headers.apply(name);
	}

	/**
	 * Keeps Netty's types out of the sight of those who have none.
	 */
	private static final class Netty {

		static @Nullable OriginalRequest of(ServerHttpRequest request) {
			ServerHttpRequest unwrapped = request;
			while (unwrapped instanceof ServerHttpRequestDecorator decorator) {
				unwrapped = decorator.getDelegate();
			}
			try {
				return (unwrapped instanceof AbstractServerHttpRequest original
						&& original.getNativeRequest() instanceof HttpServerRequest netty)
								? new OriginalRequest(peer(netty), netty.requestHeaders()::getAll) : null;
			}
			catch (IllegalStateException ex) {
				// a mock has no native request
				return null;
			}
		}

		private static @Nullable String peer(HttpServerRequest request) {
			return (request.connectionRemoteAddress() instanceof InetSocketAddress address && !address.isUnresolved())
					? address.getAddress().getHostAddress() : null;
		}

	}

}
