package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;

import ai.apertis.passthrough.StreamedResponse;
import ai.apertis.passthrough.BasePath;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.ClientModule;
import ai.apertis.passthrough.ErrorResponse;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.RequestMemory;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.FastByteArrayOutputStream;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Serves the pass-through on Spring MVC. Its twin on WebFlux has the same behaviour, to
 * the byte.
 */
public final class PassThroughHandler {

	private static final int PIECE = 8192;

	private static final String MOCKS = "org.springframework.mock.";

	private final PassThrough passThrough;

	private final int maxRequestSize;

	private final Duration requestTimeout;

	/**
	 * Create a handler.
	 * @param passThrough what answers
	 * @param maxRequestSize the most bytes that a body may have
	 * @param requestTimeout how long it may take to arrive
	 */
	public PassThroughHandler(PassThrough passThrough, int maxRequestSize, Duration requestTimeout) {
		this.passThrough = passThrough;
		this.maxRequestSize = maxRequestSize;
		this.requestTimeout = requestTimeout;
	}

	/**
	 * Answer a request for a chat completion.
	 * @param request the request
	 * @return the response
	 * @throws IOException if the request cannot be read
	 */
	public ServerResponse completion(ServerRequest request) throws IOException {
		requireContainer(request.servletRequest());
		try {
			return new StreamedServerResponse(streamed(request));
		}
		catch (RuntimeException ex) {
			return error(ErrorResponse.of(ex));
		}
	}

	/**
	 * Answer a request for the models.
	 * @param request the request
	 * @return the response
	 */
	public ServerResponse models(ServerRequest request) {
		requireContainer(request.servletRequest());
		return new StreamedServerResponse(this.passThrough.models(caller(request)));
	}

	/**
	 * Refuse a request with another method than the endpoint takes.
	 * @param request the request
	 * @param path where the pass-through is
	 * @param allowed the method that it takes
	 * @return the response
	 */
	public ServerResponse notAllowed(ServerRequest request, BasePath path, HttpMethod allowed) {
		ErrorResponse error = path.notAllowed(request.method().name(), request.path(), allowed.name());
		return ServerResponse.status(error.status())
			.header(HttpHeaders.ALLOW, allowed.name())
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
	private static void requireContainer(HttpServletRequest request) {
		ServletRequest innermost = request;
		while (innermost instanceof ServletRequestWrapper wrapper) {
			innermost = wrapper.getRequest();
		}
		if (innermost.getClass().getName().startsWith(MOCKS)) {
			throw new IllegalStateException("MockMvc has no server, and so no stream. Start one in the test, with"
					+ " @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT), and send the request to its"
					+ " port, by RestTestClient, WebTestClient or an ApertisClient");
		}
	}

	private static Caller caller(ServerRequest request) {
		return new Caller(request.principal().orElse(null), request.servletRequest().getRemoteAddr(),
				request.headers().asHttpHeaders());
	}

	/**
	 * The body takes its memory until the request has been read.
	 */
	private StreamedResponse streamed(ServerRequest request) throws IOException {
		HttpServletRequest servletRequest = request.servletRequest();
		this.passThrough.requireRoom();
		this.passThrough.requireJson(servletRequest.getHeader(HttpHeaders.CONTENT_TYPE));
		try (RequestMemory.Held held = this.passThrough.receiving()) {
			byte[] body = this.passThrough.decode(servletRequest.getHeader(HttpHeaders.CONTENT_ENCODING),
					receive(servletRequest.getInputStream(), held), this.maxRequestSize, held);
			return this.passThrough.completion(caller(request), body);
		}
	}

	/**
	 * The container waits for each piece, as long as its own limit says; this looks at
	 * the whole.
	 */
	private byte[] receive(InputStream in, RequestMemory.Held held) throws IOException {
		long start = System.nanoTime();
		FastByteArrayOutputStream body = new FastByteArrayOutputStream(PIECE);
		byte[] piece = new byte[PIECE];
		for (int read = in.read(piece); read != -1; read = in.read(piece)) {
			if (body.size() + read > this.maxRequestSize) {
				throw this.passThrough.tooLarge(this.maxRequestSize);
			}
			if (System.nanoTime() - start > this.requestTimeout.toNanos()) {
				throw this.passThrough.tooSlow(this.requestTimeout);
			}
			this.passThrough.received(held, read);
			body.write(piece, 0, read);
		}
		return body.toByteArrayUnsafe();
	}

	private static ServerResponse error(ErrorResponse error) {
		return ServerResponse.status(error.status()).build((request, response) -> {
			ResponseOutput.write(error, response);
			return null;
		});
	}

}
