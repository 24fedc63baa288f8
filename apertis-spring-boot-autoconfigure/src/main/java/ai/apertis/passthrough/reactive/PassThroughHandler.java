package ai.apertis.passthrough.reactive;

import java.io.IOException;
import java.security.Principal;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import ai.apertis.passthrough.Answer;
import ai.apertis.passthrough.AnswerHead;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.ErrorAnswer;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.DisconnectedClientHelper;

/**
 * Serves the pass-through on WebFlux. Its twin on MVC has the same behaviour, to the
 * byte.
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
	 */
	public Mono<ServerResponse> completion(ServerRequest request) {
		return request.principal().map(Optional::of).defaultIfEmpty(Optional.empty()).flatMap((principal) -> {
			Caller caller = caller(request, principal.orElse(null));
			return body(request).map((body) -> this.passThrough.completion(caller, body));
		}).flatMap(PassThroughHandler::respond).onErrorResume((failure) -> error(ErrorAnswer.of(failure)));
	}

	/**
	 * Answer a request for the models.
	 * @param request the request
	 * @return the response
	 */
	public Mono<ServerResponse> models(ServerRequest request) {
		return respond(this.passThrough.models());
	}

	private static Caller caller(ServerRequest request, @Nullable Principal principal) {
		// behind a proxy it is what the proxy says, and not resolved
		String address = request.remoteAddress()
			.map((remote) -> remote.isUnresolved() ? remote.getHostString() : remote.getAddress().getHostAddress())
			.orElse(null);
		return new Caller(principal, address, request.headers().asHttpHeaders());
	}

	private Mono<byte[]> body(ServerRequest request) {
		return Mono.defer(() -> {
			this.passThrough.requireRoom();
			this.passThrough.requireJson(request.headers().firstHeader(HttpHeaders.CONTENT_TYPE));
			return DataBufferUtils.join(request.body(BodyExtractors.toDataBuffers()), this.maxRequestSize);
		})
			.map(PassThroughHandler::read)
			.defaultIfEmpty(new byte[0])
			.onErrorMap(DataBufferLimitException.class, (ex) -> this.passThrough.tooLarge(this.maxRequestSize))
			.onErrorMap(DisconnectedClientHelper::isClientDisconnectedException,
					(ex) -> RefusedException.of(400, "invalid_request", "The body is not whole"));
	}

	private static byte[] read(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return bytes;
	}

	private static Mono<ServerResponse> error(ErrorAnswer error) {
		return ServerResponse.status(error.status()).contentType(MediaType.APPLICATION_JSON).headers((headers) -> {
			if (error.retryAfter() != null) {
				headers.set(HttpHeaders.RETRY_AFTER, error.retryAfter());
			}
		}).bodyValue(error.json());
	}

	private static Mono<ServerResponse> respond(Answer answer) {
		return ServerResponse.ok().body((response, context) -> write(answer, response));
	}

	/**
	 * The response is committed with the first bytes only, so that an early failure still
	 * gets its own status.
	 */
	private static Mono<Void> write(Answer answer, ServerHttpResponse response) {
		DataBufferFactory buffers = response.bufferFactory();
		Head head = new Head(answer, response);
		response.beforeCommit(head::write);
		AtomicReference<@Nullable Subscription> body = new AtomicReference<>();
		Mono<Void> sent = send(response, answer.body().doOnSubscribe(body::set).map(buffers::wrap));
		Mono<Void> stalled = answer.stalled().then(Mono.defer(() -> cut(response)));
		return Mono.firstWithSignal(sent, stalled).doFinally((signal) -> {
			// a mock takes the body when the write has completed
			if (signal == SignalType.ON_ERROR || NettyResponse.isBehind(response)) {
				cancel(body.get());
			}
		})
			.then(Mono.defer(() -> answer.broken().getAsBoolean() ? breakOff(response) : Mono.empty()))
			.onErrorResume((failure) -> !response.isCommitted(), (failure) -> {
				head.forget();
				return writeError(response, ErrorAnswer.of(failure));
			});
	}

	/**
	 * Where the connection is gone when the first bytes are to be written, the write
	 * fails, and nobody takes the others, nor cancels them.
	 */
	private static void cancel(@Nullable Subscription body) {
		if (body != null) {
			body.cancel();
		}
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
		response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
		response.getHeaders().setContentLength(error.json().length);
		if (error.retryAfter() != null) {
			response.getHeaders().set(HttpHeaders.RETRY_AFTER, error.retryAfter());
		}
		return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(error.json())));
	}

	/**
	 * Close the connection at once, whatever waits to be written.
	 */
	private static Mono<Void> cut(ServerHttpResponse response) {
		return NettyResponse.isBehind(response) ? NettyResponse.cut(response)
				: Mono.error(() -> new IOException("The client has taken nothing for too long"));
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

	/**
	 * Writes the head of an answer when the response is committed.
	 */
	private static final class Head {

		private final Answer answer;

		private final ServerHttpResponse response;

		private volatile boolean forgotten;

		Head(Answer answer, ServerHttpResponse response) {
			this.answer = answer;
			this.response = response;
		}

		/**
		 * An error is answered instead.
		 */
		void forget() {
			this.forgotten = true;
		}

		Mono<Void> write() {
			return Mono.fromRunnable(() -> {
				if (!this.forgotten) {
					AnswerHead head = this.answer.head().get();
					HttpHeaders headers = this.response.getHeaders();
					headers.setContentType(head.contentType());
					if (head.contentLength() >= 0) {
						headers.setContentLength(head.contentLength());
					}
					head.headers().forEach(headers::set);
				}
			});
		}

	}

}
