package ai.apertis.benchmarks.gateway;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of one connection, one after the other.
 */
final class StreamHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

	private final Map<Script, Events> prepared = new HashMap<>();

	private @Nullable Events events;

	private @Nullable ScheduledFuture<?> timer;

	private int left;

	private int together = 1;

	@Override
	protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
		Script script = Script.of(request.content().toString(StandardCharsets.UTF_8));
		Events answer = this.prepared.computeIfAbsent(script, Events::new);
		HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
		head.headers()
			.set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
			.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
		context.write(head);
		send(context, answer.first());
		this.left = script.events();
		this.together = script.together();
		if (script.pauseMicros() == 0) {
			this.events = answer;
			sendWhatIsTaken(context, answer);
		}
		else {
			// streams that begin together do not tick together
			long first = Math.floorMod(context.channel().id().hashCode(), script.pauseMicros());
			this.timer = context.executor()
				.scheduleAtFixedRate(() -> tick(context, answer), first, script.pauseMicros(), TimeUnit.MICROSECONDS);
		}
	}

	private void tick(ChannelHandlerContext context, Events answer) {
		if (this.left-- > 0) {
			send(context, answer.next());
		}
		else {
			stop();
			end(context, answer);
		}
	}

	private void sendWhatIsTaken(ChannelHandlerContext context, Events answer) {
		while (this.left > 0 && context.channel().isWritable()) {
			this.left--;
			if (this.left % this.together == 0) {
				send(context, answer.next());
			}
			else {
				context.write(content(answer.next()), context.voidPromise());
			}
		}
		context.flush();
		if (this.left == 0) {
			this.events = null;
			end(context, answer);
		}
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext context) {
		Events answer = this.events;
		if (answer != null && context.channel().isWritable()) {
			// not within the flush that has made room
			context.executor().execute(() -> {
				if (this.events != null) {
					sendWhatIsTaken(context, answer);
				}
			});
		}
	}

	private static void send(ChannelHandlerContext context, byte[] event) {
		context.writeAndFlush(content(event), context.voidPromise());
	}

	private static HttpContent content(byte[] event) {
		return new DefaultHttpContent(Unpooled.wrappedBuffer(event));
	}

	private static void end(ChannelHandlerContext context, Events answer) {
		for (byte[] event : answer.last()) {
			send(context, event);
		}
		context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT, context.voidPromise());
	}

	private void stop() {
		if (this.timer != null) {
			this.timer.cancel(false);
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		stop();
		this.events = null;
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		// a relay that hangs up is what happens at the end of a round
		context.close();
	}

}
