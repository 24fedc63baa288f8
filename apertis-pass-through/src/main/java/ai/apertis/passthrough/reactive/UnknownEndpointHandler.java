package ai.apertis.passthrough.reactive;

import ai.apertis.passthrough.route.BasePath;
import reactor.core.publisher.Mono;

import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.resource.NoResourceFoundException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;

/**
 * {@link WebExceptionHandler} for requests below the base path that match nothing, not
 * even a controller or a file of the application. It responds in the shape of the
 * protocol.
 */
public final class UnknownEndpointHandler implements WebExceptionHandler, Ordered {

	/** Before Spring Boot's. */
	private static final int ORDER = -2;

	private final BasePath basePath;

	/**
	 * Create a handler.
	 * @param basePath where the pass-through is
	 */
	public UnknownEndpointHandler(BasePath basePath) {
		this.basePath = basePath;
	}

	@Override
	public int getOrder() {
		return ORDER;
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
		String path = exchange.getRequest().getPath().pathWithinApplication().value();
		if (!isUnknown(exchange, failure) || !this.basePath.includes(path) || exchange.getResponse().isCommitted()) {
			return Mono.error(failure);
		}
		return ResponseWriter.write(this.basePath.nothingAt(exchange.getRequest().getMethod().name(), path),
				exchange.getResponse());
	}

	/**
	 * Return whether neither a handler nor a file was found: a controller of the
	 * application may have a 404 of its own.
	 */
	private static boolean isUnknown(ServerWebExchange exchange, Throwable failure) {
		boolean unhandled = failure instanceof ResponseStatusException status
				&& status.getStatusCode().isSameCodeAs(HttpStatus.NOT_FOUND)
				&& exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE) == null;
		return unhandled || failure instanceof NoResourceFoundException;
	}

}
