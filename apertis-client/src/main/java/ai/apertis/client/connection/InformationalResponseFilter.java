package ai.apertis.client.connection;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * Drops informational responses, which precede the response proper (RFC 9110, section
 * 15.2). These include 100, which nobody has requested.
 * <p>
 * Needed until Reactor Netty does so: it drops 100 only if the request expects it.
 *
 * @see <a href=
 * "https://github.com/reactor/reactor-netty/issues/1482">reactor-netty#1482</a>
 */
final class InformationalResponseFilter extends ChannelInboundHandlerAdapter {

	static final String NAME = "apertis.informationalAnswers";

	private boolean dropping;

	private boolean dropped;

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof HttpResponse response) {
			if (HttpResponseStatus.SWITCHING_PROTOCOLS.equals(response.status())) {
				// nobody has asked for another protocol, and what follows is none of ours
				ReferenceCountUtil.release(message);
				this.dropping = true;
				context.close();
				return;
			}
			this.dropping = isInformational(response.status());
		}
		if (this.dropping && (message instanceof HttpResponse || message instanceof HttpContent)) {
			this.dropping = !(message instanceof LastHttpContent);
			this.dropped = true;
			ReferenceCountUtil.release(message);
			return;
		}
		context.fireChannelRead(message);
	}

	private static boolean isInformational(HttpResponseStatus status) {
		return status.codeClass() == HttpStatusClass.INFORMATIONAL;
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		context.fireChannelReadComplete();
		if (this.dropped) {
			this.dropped = false;
			// nobody above knows that anything was read, to ask for more
			context.read();
		}
	}

}
