package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

import jakarta.servlet.http.HttpServletRequest;

import ai.apertis.passthrough.ErrorAnswer;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.PassThrough.Answer;
import ai.apertis.passthrough.RefusedException;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Answers chat completions on Spring MVC. Its twin on WebFlux has the same behaviour, to
 * the byte.
 */
public final class PassThroughHandler implements HandlerFunction<ServerResponse> {

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

	@Override
	public ServerResponse handle(ServerRequest request) throws IOException {
		try {
			Answer answer = this.passThrough.answer(body(request));
			return (answer instanceof Answer.Streamed streamed) ? new StreamResponse(streamed)
					: whole((Answer.Whole) answer);
		}
		catch (RefusedException ex) {
			return error(ErrorAnswer.of(ex));
		}
	}

	private byte[] body(ServerRequest request) throws IOException {
		this.passThrough.requireJson(request.headers().firstHeader(HttpHeaders.CONTENT_TYPE));
		HttpServletRequest servletRequest = request.servletRequest();
		InputStream in = servletRequest.getInputStream();
		byte[] body = in.readNBytes(this.maxRequestSize);
		if (body.length == this.maxRequestSize && in.read() != -1) {
			throw RefusedException.tooLarge(this.maxRequestSize);
		}
		return body;
	}

	private static ServerResponse whole(Answer.Whole answer) {
		Mono<ServerResponse> response = answer.json()
			.map((json) -> ServerResponse.ok().contentType(MediaType.APPLICATION_JSON).body(json))
			.onErrorResume((failure) -> Mono.fromSupplier(() -> error(ErrorAnswer.of(failure))));
		// the limits of the exchange with the gateway are the only ones
		return ServerResponse.async(response, Duration.ofDays(1));
	}

	private static ServerResponse error(ErrorAnswer error) {
		return ServerResponse.status(error.status()).contentType(MediaType.APPLICATION_JSON).headers((headers) -> {
			if (error.retryAfter() != null) {
				headers.set(HttpHeaders.RETRY_AFTER, error.retryAfter());
			}
		}).body(error.json());
	}

}
