package ai.apertis.passthrough.reactive;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import ai.apertis.passthrough.delivery.Backlog;
import ai.apertis.passthrough.delivery.ResponseHead;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.delivery.UnexpectedFailure;
import ai.apertis.passthrough.format.ErrorResponse;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;

/**
 * Writes responses to clients: streams as they go on, and errors.
 */
final class ResponseWriter {

	private ResponseWriter() {
	}

	/**
	 * The response is committed with the first bytes only, so that an early failure still
	 * gets its own status.
	 */
	static Mono<Void> write(StreamedResponse streamed, ServerHttpResponse response, Runnable broken) {
		Head head = new Head(streamed, response);
		response.beforeCommit(head::write);
		AtomicReference<@Nullable Subscription> body = new AtomicReference<>();
		Backlog backlog = () -> NettyResponse.cleared(response);
		Mono<Void> sent = send(response, streamed, body::set);
		if (NettyResponse.isBehind(response)) {
			sent = sent.contextWrite((context) -> context.put(Backlog.class, backlog));
		}
		Mono<Void> stalled = streamed.stalled().then(Mono.defer(() -> cut(response)));
		return Mono.firstWithSignal(sent, stalled).doFinally((signal) -> {
			// a mock takes the body when the write has completed
			if (signal == SignalType.ON_ERROR || NettyResponse.isBehind(response)) {
				cancel(body.get());
			}
		}).then(Mono.defer(() -> {
			if (!streamed.broken().getAsBoolean()) {
				return Mono.empty();
			}
			broken.run();
			return breakOff(response);
		})).onErrorResume((failure) -> !response.isCommitted(), (failure) -> {
			head.forget();
			UnexpectedFailure.log(failure);
			return write(streamed.errors().response(failure), response);
		});
	}

	/**
	 * Where the connection is gone when the first bytes are to be written, the write
	 * fails, and the others are neither taken nor cancelled.
	 */
	private static void cancel(@Nullable Subscription body) {
		if (body != null) {
			body.cancel();
		}
	}

	/**
	 * Netty flushes whatever is written as soon as nothing more is at hand. To write in
	 * groups, as other servers need it to flush each event, would undo the back-pressure:
	 * Reactor Netty takes the end of a group for room for another. Decorators of the
	 * application, which may join what is written at once, see groups, as they do of
	 * Spring's own streams; then the next one waits until Netty has room.
	 * <p>
	 * Only Reactor Netty gets the gateway's own buffers: others may not release them.
	 */
	private static Mono<Void> send(ServerHttpResponse response, StreamedResponse streamed,
			Consumer<Subscription> subscribed) {
		if (!NettyResponse.isBehind(response)) {
			return response.writeAndFlushWith(
					streamed.bodyOnHeap(response.bufferFactory()).doOnSubscribe(subscribed).map(Mono::just));
		}
		return (response instanceof ServerHttpResponseDecorator)
				? response.writeAndFlushWith(streamed.bodyOnHeap(response.bufferFactory())
					.doOnSubscribe(subscribed)
					.concatMap((event) -> NettyResponse.room(response).thenReturn(Mono.just(event)), 1))
				: response.writeWith(streamed.body().doOnSubscribe(subscribed));
	}

	/**
	 * Write an error, by no codec: the application may have any.
	 */
	static Mono<Void> write(ErrorResponse error, ServerHttpResponse response) {
		response.setStatusCode(HttpStatusCode.valueOf(error.status()));
		if (error.isEmpty()) {
			return response.setComplete();
		}
		response.getHeaders().setContentType(error.contentType());
		response.getHeaders().setContentLength(error.body().length);
		if (error.retryAfter() != null) {
			response.getHeaders().set(HttpHeaders.RETRY_AFTER, error.retryAfter());
		}
		return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(error.body())));
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
		return Mono.delay(StreamedResponse.BREAK_OFF_DELAY).then(end);
	}

	/**
	 * Writes the head of an answer when the response is committed.
	 */
	private static final class Head {

		private final StreamedResponse streamed;

		private final ServerHttpResponse response;

		private volatile boolean forgotten;

		Head(StreamedResponse streamed, ServerHttpResponse response) {
			this.streamed = streamed;
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
					ResponseHead head = this.streamed.head().get();
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
