package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.io.InputStream;

import jakarta.servlet.http.HttpServletRequest;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.ErrorAnswer;
import ai.apertis.passthrough.PassThrough;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Serves the pass-through on Spring MVC. Its twin on WebFlux has the same behaviour, to
 * the byte.
 */
public final class PassThroughHandler {

	private final PassThrough passThrough;

	private final int maxRequestSize;

	/**
	 * Create a handler.
	 * @param passThrough what answers
	 * @param maxRequestSize the most bytes that a body may have
	 */
	public PassThroughHandler(PassThrough passThrough, int maxRequestSize) {
		this.passThrough = passThrough;
		this.maxRequestSize = maxRequestSize;
	}

	/**
	 * Answer a request for a chat completion.
	 * @param request the request
	 * @return the response
	 * @throws IOException if the request cannot be read
	 */
	public ServerResponse completion(ServerRequest request) throws IOException {
		try {
			return new AnswerResponse(this.passThrough.completion(caller(request), body(request)));
		}
		catch (RuntimeException ex) {
			return error(ErrorAnswer.of(ex));
		}
	}

	/**
	 * Answer a request for the models.
	 * @param request the request
	 * @return the response
	 */
	public ServerResponse models(ServerRequest request) {
		return new AnswerResponse(this.passThrough.models());
	}

	private static Caller caller(ServerRequest request) {
		return new Caller(request.principal().orElse(null), request.servletRequest().getRemoteAddr(),
				request.headers().asHttpHeaders());
	}

	private byte[] body(ServerRequest request) throws IOException {
		HttpServletRequest servletRequest = request.servletRequest();
		this.passThrough.requireRoom();
		this.passThrough.requireJson(servletRequest.getHeader(HttpHeaders.CONTENT_TYPE));
		InputStream in = servletRequest.getInputStream();
		byte[] body = in.readNBytes(this.maxRequestSize);
		if (body.length == this.maxRequestSize && in.read() != -1) {
			throw this.passThrough.tooLarge(this.maxRequestSize);
		}
		return body;
	}

	private static ServerResponse error(ErrorAnswer error) {
		return ServerResponse.status(error.status()).contentType(MediaType.APPLICATION_JSON).headers((headers) -> {
			if (error.retryAfter() != null) {
				headers.set(HttpHeaders.RETRY_AFTER, error.retryAfter());
			}
		}).body(error.json());
	}

}
