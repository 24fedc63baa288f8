package ai.apertis.passthrough.reactive;

import java.net.InetSocketAddress;
import java.security.Principal;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.address.TrustedProxies;
import ai.apertis.passthrough.delivery.DroppedErrors;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.delivery.UnexpectedFailure;
import ai.apertis.passthrough.exchange.IncomingRequest;
import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.exchange.StreamResumption;
import ai.apertis.passthrough.format.ErrorResponse;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import ai.apertis.passthrough.route.BasePath;
import ai.apertis.passthrough.route.ClientModule;
import ai.apertis.passthrough.route.Route;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.DisconnectedClientHelper;

/**
 * Serves the pass-through on WebFlux. Its twin on Spring MVC has the same behaviour, to
 * the byte.
 */
public final class PassThroughHandler {

	private static final String ANONYMOUS = "org.springframework.security.authentication.AnonymousAuthenticationToken";

	private static final Log logger = LogFactory.getLog(PassThroughHandler.class);

	/**
	 * Reactor Netty tells those who have read the request when the connection breaks in
	 * the midst of the response. That would be an error in the log for each client that
	 * goes.
	 */
	private static final Consumer<Throwable> GONE = (failure) -> logger
		.debug("The client has gone: " + failure.getMessage());

	private static final String ID = "id";

	private final PassThrough passThrough;

	/** Who is believed about addresses, {@code null} if it is the server's affair. */
	private final @Nullable TrustedProxies proxies;

	/**
	 * Create a handler.
	 * @param passThrough the pass-through
	 * @param proxies the proxies that are believed about addresses, {@code null} to take
	 * the address that the server tells
	 */
	public PassThroughHandler(PassThrough passThrough, @Nullable TrustedProxies proxies) {
		this.passThrough = passThrough;
		this.proxies = proxies;
	}

	/**
	 * Respond to a request on a route.
	 * @param request the request
	 * @param route the route
	 * @return the response
	 */
	public Mono<ServerResponse> respond(ServerRequest request, Route route) {
		return caller(request).flatMap((caller) -> receive(request, route, caller))
			.flatMap((streamed) -> stream(streamed, request))
			.onErrorResume(DisconnectedClientHelper::isClientDisconnectedException,
					(gone) -> error(route.errors()
						.response(RefusedException.of(400, "invalid_request", "The body is not whole"))))
			.onErrorResume((failure) -> error(this.passThrough.failed(route, failure)));
	}

	/**
	 * List the models.
	 * @param request the request
	 * @return the response
	 */
	public Mono<ServerResponse> models(ServerRequest request) {
		return caller(request).flatMap((caller) -> stream(this.passThrough.models(caller), request))
			.onErrorResume((failure) -> {
				UnexpectedFailure.log(failure);
				return error(new OpenAiErrorFormat().response(failure));
			});
	}

	/**
	 * Resume a stream by its id.
	 * @param request the request
	 * @param resumption finds the stream
	 * @return the response
	 */
	public Mono<ServerResponse> resume(ServerRequest request, StreamResumption resumption) {
		return again(request, (caller) -> resumption.resume(caller, request.pathVariable(ID),
				request.queryParam("starting_after").orElse(null)));
	}

	/**
	 * Resume the stream of a conversation.
	 * @param request the request
	 * @param resumption finds the stream
	 * @param route the route that it came by
	 * @return the response
	 */
	public Mono<ServerResponse> resume(ServerRequest request, StreamResumption resumption, Route route) {
		return again(request, (caller) -> resumption.resume(route, caller, request.pathVariable(ID)));
	}

	/**
	 * Stop a stream by its id.
	 * @param request the request
	 * @param resumption finds the stream
	 * @return the response
	 */
	public Mono<ServerResponse> stop(ServerRequest request, StreamResumption resumption) {
		return again(request, (caller) -> resumption.stop(caller, request.pathVariable(ID)));
	}

	/**
	 * Stop the stream of a conversation.
	 * @param request the request
	 * @param resumption finds the stream
	 * @param route the route that it came by
	 * @return the response
	 */
	public Mono<ServerResponse> stop(ServerRequest request, StreamResumption resumption, Route route) {
		return again(request, (caller) -> resumption.stop(route, caller, request.pathVariable(ID)));
	}

	private Mono<ServerResponse> again(ServerRequest request, Function<Caller, StreamedResponse> response) {
		return caller(request).flatMap((caller) -> stream(response.apply(caller), request));
	}

	/**
	 * Refuse a request with another method than the endpoint takes.
	 * @param request the request
	 * @param path where the pass-through is
	 * @param allowed the methods that it takes
	 * @return the response
	 */
	public Mono<ServerResponse> notAllowed(ServerRequest request, BasePath path, HttpMethod... allowed) {
		String methods = Arrays.stream(allowed).map(HttpMethod::name).collect(Collectors.joining(", "));
		ErrorResponse error = path.notAllowed(request.method().name(), request.path(), methods);
		return ServerResponse.status(error.status())
			.header(HttpHeaders.ALLOW, methods)
			.body((response, context) -> ResponseWriter.write(error, response));
	}

	/**
	 * Serve the module for browsers.
	 * @param request the request
	 * @param module the module
	 * @return the response
	 */
	public Mono<ServerResponse> module(ServerRequest request, ClientModule module) {
		return request.checkNotModified(module.etag())
			.switchIfEmpty(Mono.defer(() -> ServerResponse.ok()
				.eTag(module.etag())
				.cacheControl(ClientModule.CACHING)
				.contentType(ClientModule.TYPE)
				.bodyValue(module.bytes())));
	}

	private Mono<Caller> caller(ServerRequest request) {
		return request.principal()
			.filter((principal) -> !isAnonymous(principal))
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty())
			.map((principal) -> caller(request, principal.orElse(null)));
	}

	/**
	 * Spring Security, which need not be there, gives a name also to those who have none.
	 * On the servlet stack it does not expose them.
	 */
	private static boolean isAnonymous(Principal principal) {
		Class<?> type = principal.getClass();
		while (type != null && !type.getName().equals(ANONYMOUS)) {
			type = type.getSuperclass();
		}
		return type != null;
	}

	private Caller caller(ServerRequest request, @Nullable Principal principal) {
		return new Caller(principal, address(request), request.headers().asHttpHeaders());
	}

	/**
	 * Spring and Reactor Netty believe whatever the first proxy was told, and Spring
	 * hides the headers: what came is behind its request.
	 */
	private @Nullable String address(ServerRequest request) {
		OriginalRequest original = (this.proxies != null) ? OriginalRequest.of(request.exchange().getRequest()) : null;
		if (this.proxies != null && original != null) {
			return this.proxies.client(original.peer(), original.header("Forwarded"),
					original.header("X-Forwarded-For"));
		}
		return request.remoteAddress().map(PassThroughHandler::text).orElse(null);
	}

	/**
	 * Behind a proxy it is what the proxy says, and not resolved.
	 */
	private static String text(InetSocketAddress address) {
		return address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
	}

	private Mono<StreamedResponse> receive(ServerRequest request, Route route, Caller caller) {
		return Mono
			.using(() -> this.passThrough.receive(route, caller),
					(incoming) -> request.body(BodyExtractors.toDataBuffers())
						// a buffer that comes too late would not be released
						.map(PassThroughHandler::read)
						.doOnNext((piece) -> incoming.add(piece, piece.length))
						.then(Mono.fromSupplier(incoming::respond))
						.timeout(incoming.timeout(), Mono.error(incoming::tooSlow)),
					IncomingRequest::close)
			.contextWrite((context) -> DroppedErrors.to(context, GONE));
	}

	private static byte[] read(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return bytes;
	}

	private static Mono<ServerResponse> error(ErrorResponse error) {
		return ServerResponse.status(error.status())
			.body((response, context) -> NettyResponse.isAnswered(response) ? NettyResponse.close(response)
					: ResponseWriter.write(error, response));
	}

	private static Mono<ServerResponse> stream(StreamedResponse streamed, ServerRequest request) {
		return ServerResponse.ok()
			.body((response, context) -> NettyResponse.isAnswered(response) ? NettyResponse.close(response)
					: ResponseWriter.write(streamed, response,
							() -> request.attributes().put(BrokenStreamObservationFilter.BROKEN, true)));
	}

}
