package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.address.TrustedProxies;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.exchange.IncomingRequest;
import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.exchange.StreamResumption;
import ai.apertis.passthrough.format.ErrorResponse;
import ai.apertis.passthrough.route.BasePath;
import ai.apertis.passthrough.route.ClientModule;
import ai.apertis.passthrough.route.Route;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Serves the pass-through on Spring MVC. Its twin on WebFlux has the same behaviour, to
 * the byte.
 */
public final class PassThroughHandler {

	private static final int PIECE = 8192;

	private static final String MOCKS = "org.springframework.mock.";

	private static final String ID = "id";

	private final PassThrough passThrough;

	/** Who is believed about addresses, {@code null} if it is the container's affair. */
	private final @Nullable TrustedProxies proxies;

	/**
	 * Create a handler.
	 * @param passThrough the pass-through
	 * @param proxies the proxies that are believed about addresses, {@code null} to take
	 * the address that the container tells
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
	 * @throws IOException if the request cannot be read
	 */
	public ServerResponse respond(ServerRequest request, Route route) throws IOException {
		requireContainer(request.servletRequest());
		try {
			return new StreamedServerResponse(receive(request, route));
		}
		catch (RuntimeException ex) {
			return error(this.passThrough.failed(route, ex));
		}
	}

	/**
	 * List the models.
	 * @param request the request
	 * @return the response
	 */
	public ServerResponse models(ServerRequest request) {
		requireContainer(request.servletRequest());
		return new StreamedServerResponse(this.passThrough.models(caller(request)));
	}

	/**
	 * Resume a stream by its id.
	 * @param request the request
	 * @param resumption finds the stream
	 * @return the response
	 */
	public ServerResponse resume(ServerRequest request, StreamResumption resumption) {
		return again(request, (caller) -> resumption.resume(caller, request.pathVariable(ID),
				request.param("starting_after").orElse(null)));
	}

	/**
	 * Resume the stream of a conversation.
	 * @param request the request
	 * @param resumption finds the stream
	 * @param route the route that it came by
	 * @return the response
	 */
	public ServerResponse resume(ServerRequest request, StreamResumption resumption, Route route) {
		return again(request, (caller) -> resumption.resume(route, caller, request.pathVariable(ID)));
	}

	/**
	 * Stop a stream by its id.
	 * @param request the request
	 * @param resumption finds the stream
	 * @return the response
	 */
	public ServerResponse stop(ServerRequest request, StreamResumption resumption) {
		return again(request, (caller) -> resumption.stop(caller, request.pathVariable(ID)));
	}

	/**
	 * Stop the stream of a conversation.
	 * @param request the request
	 * @param resumption finds the stream
	 * @param route the route that it came by
	 * @return the response
	 */
	public ServerResponse stop(ServerRequest request, StreamResumption resumption, Route route) {
		return again(request, (caller) -> resumption.stop(route, caller, request.pathVariable(ID)));
	}

	private ServerResponse again(ServerRequest request, Function<Caller, StreamedResponse> response) {
		requireContainer(request.servletRequest());
		return new StreamedServerResponse(response.apply(caller(request)));
	}

	/**
	 * Refuse a request with another method than the endpoint takes.
	 * @param request the request
	 * @param path where the pass-through is
	 * @param allowed the methods that it takes
	 * @return the response
	 */
	public ServerResponse notAllowed(ServerRequest request, BasePath path, HttpMethod... allowed) {
		String methods = Arrays.stream(allowed).map(HttpMethod::name).collect(Collectors.joining(", "));
		ErrorResponse error = path.notAllowed(request.method().name(), request.path(), methods);
		return ServerResponse.status(error.status())
			.header(HttpHeaders.ALLOW, methods)
			.build((servletRequest, response) -> {
				ResponseOutput.write(error, response);
				return null;
			});
	}

	/**
	 * Serve the module for browsers.
	 * @param request the request
	 * @param module the module
	 * @return the response
	 */
	public ServerResponse module(ServerRequest request, ClientModule module) {
		return request.checkNotModified(module.etag())
			.orElseGet(() -> ServerResponse.ok()
				.eTag(module.etag())
				.cacheControl(ClientModule.CACHING)
				.contentType(ClientModule.TYPE)
				.body(module.bytes()));
	}

	/**
	 * Answers are written by other threads as they come, which mocks do not know of.
	 */
	private static ServletRequest innermost(HttpServletRequest request) {
		ServletRequest innermost = request;
		while (innermost instanceof ServletRequestWrapper wrapper) {
			innermost = wrapper.getRequest();
		}
		return innermost;
	}

	private static void requireContainer(HttpServletRequest request) {
		ServletRequest innermost = innermost(request);
		if (innermost.getClass().getName().startsWith(MOCKS)) {
			throw new IllegalStateException("MockMvc has no server, and so no stream. Start one in the test, with"
					+ " @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT), and send the request to its"
					+ " port, by RestTestClient, WebTestClient or an ApertisClient");
		}
	}

	private Caller caller(ServerRequest request) {
		return new Caller(request.principal().orElse(null), address(request.servletRequest()),
				request.headers().asHttpHeaders());
	}

	/**
	 * Spring's filter for forwarded headers believes whatever the first proxy was told,
	 * and hides the headers: what came is behind its request.
	 */
	private String address(HttpServletRequest request) {
		if (this.proxies == null || !(innermost(request) instanceof HttpServletRequest original)) {
			return request.getRemoteAddr();
		}
		return String
			.valueOf(this.proxies.client(original.getRemoteAddr(), Collections.list(original.getHeaders("Forwarded")),
					Collections.list(original.getHeaders("X-Forwarded-For"))));
	}

	/**
	 * The container waits for each piece, as long as its own limit says.
	 */
	private StreamedResponse receive(ServerRequest request, Route route) throws IOException {
		try (IncomingRequest incoming = this.passThrough.receive(route, caller(request))) {
			InputStream in = request.servletRequest().getInputStream();
			byte[] piece = new byte[PIECE];
			for (int read = in.read(piece); read != -1; read = in.read(piece)) {
				incoming.add(piece, read);
			}
			return incoming.respond();
		}
	}

	private static ServerResponse error(ErrorResponse error) {
		return ServerResponse.status(error.status()).build((request, response) -> {
			ResponseOutput.write(error, response);
			return null;
		});
	}

}
