package ai.apertis.passthrough.reactive;

import java.io.IOException;

import ai.apertis.passthrough.ErrorAnswer;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.PassThrough.Answer;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.StreamHeaders;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * Answers chat completions on WebFlux. Its twin on MVC has the same behaviour, to the
 * byte.
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
	public Mono<ServerResponse> handle(ServerRequest request) {
		return Mono.defer(() -> body(request))
			.map(this.passThrough::answer)
			.flatMap((answer) -> (answer instanceof Answer.Streamed streamed) ? stream(streamed)
					: whole((Answer.Whole) answer))
			.onErrorResume((failure) -> error(ErrorAnswer.of(failure)));
	}

	private Mono<byte[]> body(ServerRequest request) {
		this.passThrough.requireJson(request.headers().firstHeader(HttpHeaders.CONTENT_TYPE));
		return DataBufferUtils.join(request.body(BodyExtractors.toDataBuffers()), this.maxRequestSize).map((buffer) -> {
			byte[] bytes = new byte[buffer.readableByteCount()];
			buffer.read(bytes);
			DataBufferUtils.release(buffer);
			return bytes;
		})
			.defaultIfEmpty(new byte[0])
			.onErrorMap(DataBufferLimitException.class, (ex) -> RefusedException.tooLarge(this.maxRequestSize));
	}

	private static Mono<ServerResponse> whole(Answer.Whole answer) {
		return answer.json()
			.flatMap((json) -> ServerResponse.ok().contentType(MediaType.APPLICATION_JSON).bodyValue(json))
			.onErrorResume((failure) -> error(ErrorAnswer.of(failure)));
	}

	private static Mono<ServerResponse> error(ErrorAnswer error) {
		return ServerResponse.status(error.status()).contentType(MediaType.APPLICATION_JSON).headers((headers) -> {
			if (error.retryAfter() != null) {
				headers.set(HttpHeaders.RETRY_AFTER, error.retryAfter());
			}
		}).bodyValue(error.json());
	}

	private static Mono<ServerResponse> stream(Answer.Streamed answer) {
		return ServerResponse.ok().body((response, context) -> write(answer, response));
	}

	/**
	 * The response is committed with the first event only, so that an early failure still
	 * gets its own status.
	 */
	private static Mono<Void> write(Answer.Streamed answer, ServerHttpResponse response) {
		DataBufferFactory buffers = response.bufferFactory();
		response.getHeaders().setContentType(StreamHeaders.EVENT_STREAM);
		StreamHeaders.set(response.getHeaders()::set);
		return send(response, answer.events().map(buffers::wrap))
			.then(Mono.defer(() -> answer.broken().getAsBoolean() ? breakOff(response) : Mono.empty()))
			.onErrorResume((failure) -> !response.isCommitted(),
					(failure) -> writeError(response, ErrorAnswer.of(failure)));
	}

	/**
	 * Netty flushes whatever is written as soon as nothing more is at hand. To write in
	 * groups, as other servers need it to flush each event, would undo the back-pressure:
	 * Reactor Netty takes the end of a group for room for another.
	 */
	private static Mono<Void> send(ServerHttpResponse response, Flux<DataBuffer> events) {
		return NettyResponse.isBehind(response) ? response.writeWith(events)
				: response.writeAndFlushWith(events.map(Mono::just));
	}

	private static Mono<Void> writeError(ServerHttpResponse response, ErrorAnswer error) {
		response.setStatusCode(HttpStatusCode.valueOf(error.status()));
		StreamHeaders.set((name, value) -> response.getHeaders().remove(name));
		response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
		response.getHeaders().setContentLength(error.json().length);
		if (error.retryAfter() != null) {
			response.getHeaders().set(HttpHeaders.RETRY_AFTER, error.retryAfter());
		}
		return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(error.json())));
	}

	/**
	 * Close the connection without the terminating chunk, behind what has been written:
	 * only this ending makes every client see a failure. Any server does so if the write
	 * fails; Netty's connection is closed by hand, as the failure is no news for the log.
	 */
	private static Mono<Void> breakOff(ServerHttpResponse response) {
		Mono<Void> end = NettyResponse.isBehind(response) ? NettyResponse.close(response)
				: Mono.error(() -> new IOException("The stream has failed; its client has been told"));
		return Mono.delay(PassThrough.BREAK_OFF_DELAY).then(end);
	}

}
