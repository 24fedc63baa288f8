package ai.apertis.passthrough.reactive;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.ClassUtils;

/**
 * The response of Reactor Netty behind Spring's, in applications that run on it.
 */
final class NettyResponse {

	private static final boolean PRESENT = ClassUtils.isPresent("reactor.netty.http.server.HttpServerResponse",
			NettyResponse.class.getClassLoader());

	private NettyResponse() {
	}

	static boolean isBehind(ServerHttpResponse response) {
		return PRESENT && Netty.of(response) != null;
	}

	/**
	 * Return whether the server has answered by itself, as it does to a request that is
	 * none.
	 */
	static boolean isAnswered(ServerHttpResponse response) {
		HttpServerResponse netty = PRESENT ? Netty.of(response) : null;
		return netty != null && netty.hasSentHeaders() && !response.isCommitted();
	}

	/**
	 * Close the connection behind what has been written. The exchange is cancelled with
	 * it, so that nothing follows.
	 */
	static Mono<Void> close(ServerHttpResponse response) {
		HttpServerResponse netty = Netty.of(response);
		if (netty == null) {
			throw new IllegalStateException("The response is not one of Reactor Netty");
		}
		return Mono.fromRunnable(() -> netty.withConnection((connection) -> connection.channel()
			.writeAndFlush(Unpooled.EMPTY_BUFFER)
			.addListener(ChannelFutureListener.CLOSE))).then(Mono.never());
	}

	/**
	 * Wait until what has been written leaves room for more.
	 */
	static Mono<Void> room(ServerHttpResponse response) {
		HttpServerResponse netty = Netty.of(response);
		return (netty == null) ? Mono.empty() : Mono.create((sink) -> netty.withConnection((connection) -> {
			Channel channel = connection.channel();
			if (channel.isWritable()) {
				sink.success();
			}
			else {
				channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((flushed) -> sink.success());
			}
		}));
	}

	/**
	 * Wait until what has been written has left. It may be about to be written by the
	 * event loop.
	 */
	static Mono<Void> cleared(ServerHttpResponse response) {
		HttpServerResponse netty = Netty.of(response);
		return (netty == null) ? Mono.empty()
				: Mono.create((sink) -> netty.withConnection((connection) -> connection.channel()
					.eventLoop()
					.execute(() -> connection.channel()
						.writeAndFlush(Unpooled.EMPTY_BUFFER)
						.addListener((flushed) -> sink.success()))));
	}

	/**
	 * Close the connection at once.
	 */
	static Mono<Void> cut(ServerHttpResponse response) {
		HttpServerResponse netty = Netty.of(response);
		return (netty == null) ? Mono.empty()
				: Mono.fromRunnable(() -> netty.withConnection((connection) -> connection.channel().close()));
	}

	/**
	 * Keeps Netty's types out of the sight of those who have none.
	 */
	private static final class Netty {

		static @Nullable HttpServerResponse of(ServerHttpResponse response) {
			ServerHttpResponse unwrapped = response;
			while (unwrapped instanceof ServerHttpResponseDecorator decorator) {
				unwrapped = decorator.getDelegate();
			}
			try {
				return (unwrapped instanceof AbstractServerHttpResponse original
						&& original.getNativeResponse() instanceof HttpServerResponse netty) ? netty : null;
			}
			catch (IllegalStateException ex) {
				// a mock has no native response
				return null;
			}
		}

	}

}
