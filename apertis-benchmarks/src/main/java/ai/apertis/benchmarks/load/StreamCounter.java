package ai.apertis.benchmarks.load;

import java.util.concurrent.TimeUnit;

import ai.apertis.benchmarks.gateway.Mark;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * Counts the marked events of the streams of one connection.
 */
final class StreamCounter extends SimpleChannelInboundHandler<HttpObject> {

	private final Load load;

	private final String path;

	private final byte[] request;

	private int status;

	private int events;

	/** Digits of a mark that are still to come, if a buffer ended within one. */
	private int digits;

	private long time;

	StreamCounter(Load load, String path) {
		this.load = load;
		this.path = path;
		this.request = load.script.request();
	}

	@Override
	public void channelActive(ChannelHandlerContext context) {
		ask(context);
	}

	private void ask(ChannelHandlerContext context) {
		this.events = 0;
		this.digits = 0;
		FullHttpRequest ask = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, this.path,
				Unpooled.wrappedBuffer(this.request));
		ask.headers()
			.set(HttpHeaderNames.HOST, "localhost")
			.set(HttpHeaderNames.CONTENT_TYPE, "application/json")
			.set(HttpHeaderNames.ACCEPT, "text/event-stream")
			.set(HttpHeaderNames.CONTENT_LENGTH, this.request.length);
		context.writeAndFlush(ask, context.voidPromise());
	}

	@Override
	protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
		if (part instanceof HttpResponse head) {
			this.status = head.status().code();
		}
		if (part instanceof HttpContent content) {
			count(content.content());
			if (part instanceof LastHttpContent) {
				end(context);
			}
		}
	}

	private void count(ByteBuf buffer) {
		int index = buffer.readerIndex();
		int end = buffer.writerIndex();
		long now = 0;
		while (index < end) {
			if (this.digits == 0) {
				index = buffer.indexOf(index, end, (byte) '@') + 1;
				if (index == 0) {
					return;
				}
				this.digits = Mark.DIGITS;
				this.time = 0;
			}
			while (this.digits > 0 && index < end) {
				this.time = this.time * 10 + buffer.getByte(index++) - '0';
				this.digits--;
			}
			if (this.digits == 0) {
				now = (now != 0) ? now : Mark.now();
				record(now);
			}
		}
	}

	private void record(long now) {
		if (this.events++ == 0) {
			this.load.open.incrementAndGet();
		}
		this.load.events.lazySet(this.load.events.get() + 1);
		this.load.delays.recordValue(Math.max(0, now - this.time));
	}

	private void end(ChannelHandlerContext context) {
		if (this.events > 0) {
			this.load.open.decrementAndGet();
		}
		if (this.status == 200 && this.events == this.load.script.events()) {
			this.load.streams.incrementAndGet();
			ask(context);
		}
		else {
			this.load.failures.incrementAndGet();
			this.events = 0;
			context.executor().schedule(() -> ask(context), 1, TimeUnit.SECONDS);
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		if (this.load.closed) {
			return;
		}
		if (this.events > 0) {
			this.load.open.decrementAndGet();
		}
		this.load.failures.incrementAndGet();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		context.close();
	}

}
