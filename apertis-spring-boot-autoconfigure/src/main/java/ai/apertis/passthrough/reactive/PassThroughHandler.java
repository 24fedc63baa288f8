package ai.apertis.passthrough.reactive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import ai.apertis.passthrough.StreamedResponse;
import ai.apertis.passthrough.ResponseHead;
import ai.apertis.passthrough.Backlog;
import ai.apertis.passthrough.BasePath;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.ClientModule;
import ai.apertis.passthrough.ErrorResponse;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.RequestMemory;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.SynchronousSink;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.DisconnectedClientHelper;

/**
 * Serves the pass-through on WebFlux. Its twin on MVC has the same behaviour, to the
 * byte.
 */
public final class PassThroughHandler {

	private static final String ANONYMOUS = "org.springframework.security.authentication.AnonymousAuthenticationToken";

	private static final Log logger = LogFactory.getLog(PassThroughHandler.class);

	/**
	 * By this name a context has what hears of errors that nobody waits for any more.
	 */
	private static final String ERROR_DROPPED = "reactor.onErrorDropped.local";

	/**
	 * Reactor Netty tells those who have read the request when the connection breaks in
	 * the midst of the response. That would be an error in the log for each client that
	 * goes.
	 */
	private static final Consumer<Throwable> GONE = (failure) -> logger
		.debug("The client has gone: " + failure.getMessage());

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
	 */
	public Mono<ServerResponse> completion(ServerRequest request) {
		return caller(request).flatMap((caller) -> streamed(request, caller))
			.flatMap((streamed) -> respond(streamed, request))
			.onErrorResume((failure) -> error(ErrorResponse.of(failure)));
	}

	/**
	 * Answer a request for the models.
	 * @param request the request
	 * @return the response
	 */
	public Mono<ServerResponse> models(ServerRequest request) {
		return caller(request).flatMap((caller) -> respond(this.passThrough.models(caller), request))
			.onErrorResume((failure) -> error(ErrorResponse.of(failure)));
	}

	/**
	 * Refuse a request with another method than the endpoint takes.
	 * @param request the request
	 * @param path where the pass-through is
	 * @param allowed the method that it takes
	 * @return the response
	 */
	public Mono<ServerResponse> notAllowed(ServerRequest request, BasePath path, HttpMethod allowed) {
		ErrorResponse error = path.notAllowed(request.method().name(), request.path(), allowed.name());
		return ServerResponse.status(error.status())
			.header(HttpHeaders.ALLOW, allowed.name())
			.body((response, context) -> writeError(response, error));
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

	private static Mono<Caller> caller(ServerRequest request) {
		return request.principal()
			.filter((principal) -> !isAnonymous(principal))
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty())
			.map((principal) -> caller(request, principal.orElse(null)));
	}

	/**
	 * Spring Security, which need not be there, gives a name also to those who have none.
	 * On the servlet stack it does not tell of them.
	 */
	private static boolean isAnonymous(Principal principal) {
		Class<?> type = principal.getClass();
		while (type != null && !type.getName().equals(ANONYMOUS)) {
			type = type.getSuperclass();
		}
		return type != null;
	}

	private static Caller caller(ServerRequest request, @Nullable Principal principal) {
		// behind a proxy it is what the proxy says, and not resolved
		String address = request.remoteAddress()
			.map((remote) -> remote.isUnresolved() ? remote.getHostString() : remote.getAddress().getHostAddress())
			.orElse(null);
		return new Caller(principal, address, request.headers().asHttpHeaders());
	}

	/**
	 * The body takes its memory until the request has been read.
	 */
	private Mono<StreamedResponse> streamed(ServerRequest request, Caller caller) {
		return Mono.defer(() -> {
			this.passThrough.requireRoom();
			this.passThrough.requireJson(request.headers().firstHeader(HttpHeaders.CONTENT_TYPE));
			return Mono.using(this.passThrough::receiving, (held) -> DataBufferUtils
				.join(request.body(BodyExtractors.toDataBuffers())
					.<DataBuffer>handle((buffer, sink) -> add(held, buffer, sink)), this.maxRequestSize)
				// a buffer that comes too late would not be released
				.map(PassThroughHandler::read)
				.defaultIfEmpty(new byte[0])
				.map((body) -> this.passThrough.decode(request.headers().firstHeader(HttpHeaders.CONTENT_ENCODING),
						body, this.maxRequestSize, held))
				.map((body) -> this.passThrough.completion(caller, body)), RequestMemory.Held::close);
		})
			.contextWrite((context) -> context.put(ERROR_DROPPED, GONE))
			.timeout(this.requestTimeout, Mono.error(() -> this.passThrough.tooSlow(this.requestTimeout)))
			.onErrorMap(DataBufferLimitException.class, (ex) -> this.passThrough.tooLarge(this.maxRequestSize))
			.onErrorMap(DisconnectedClientHelper::isClientDisconnectedException,
					(ex) -> RefusedException.of(400, "invalid_request", "The body is not whole"));
	}

	private void add(RequestMemory.Held held, DataBuffer buffer, SynchronousSink<DataBuffer> sink) {
		try {
			this.passThrough.received(held, buffer.readableByteCount());
			sink.next(buffer);
		}
		catch (RefusedException ex) {
			DataBufferUtils.release(buffer);
			sink.error(ex);
		}
	}

	private static byte[] read(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return bytes;
	}

	/**
	 * By no codec: the application may have any.
	 */
	private static Mono<ServerResponse> error(ErrorResponse error) {
		return ServerResponse.status(error.status())
			.body((response, context) -> NettyResponse.isAnswered(response) ? NettyResponse.close(response)
					: writeError(response, error));
	}

	private static Mono<ServerResponse> respond(StreamedResponse streamed, ServerRequest request) {
		return ServerResponse.ok()
			.body((response, context) -> NettyResponse.isAnswered(response) ? NettyResponse.close(response) : write(
					streamed, response, () -> request.attributes().put(BrokenStreamObservationFilter.BROKEN, true)));
	}

	/**
	 * The response is committed with the first bytes only, so that an early failure still
	 * gets its own status.
	 */
	private static Mono<Void> write(StreamedResponse streamed, ServerHttpResponse response, Runnable broken) {
		DataBufferFactory buffers = response.bufferFactory();
		Head head = new Head(streamed, response);
		response.beforeCommit(head::write);
		AtomicReference<@Nullable Subscription> body = new AtomicReference<>();
		Backlog backlog = () -> NettyResponse.cleared(response);
		Flux<ByteBuffer> bytes = NettyResponse.isBehind(response)
				? streamed.body().contextWrite((context) -> context.put(Backlog.class, backlog)) : streamed.body();
		Mono<Void> sent = send(response, bytes.doOnSubscribe(body::set).map(buffers::wrap));
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
			return writeError(response, ErrorResponse.of(failure));
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
	 * Reactor Netty takes the end of a group for room for another. Decorators of the
	 * application, which may join what is written at once, see groups, as they do of
	 * Spring's own streams; then the next one waits until Netty has room.
	 */
	private static Mono<Void> send(ServerHttpResponse response, Flux<DataBuffer> events) {
		if (!NettyResponse.isBehind(response)) {
			return response.writeAndFlushWith(events.map(Mono::just));
		}
		return (response instanceof ServerHttpResponseDecorator)
				? response.writeAndFlushWith(
						events.concatMap((event) -> NettyResponse.room(response).thenReturn(Mono.just(event)), 1))
				: response.writeWith(events);
	}

	static Mono<Void> writeError(ServerHttpResponse response, ErrorResponse error) {
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
