package ai.apertis.client.connection;

import java.io.IOException;
import java.nio.channels.NotYetConnectedException;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Channel handler that swallows the spurious faults of a connection.
 * <p>
 * Under load Netty reads from a socket that is not connected yet, and fails. Reactor
 * Netty gives up the call for that, though the connection comes about soon after, and
 * then sends the request and lets the answer flow to nobody. Such a fault is none: how
 * connecting ends is told anyway.
 * <p>
 * The stack trace is taken out of all others. Reactor Netty logs each of them as a
 * warning, also of those that a retry heals, and where in Netty a read has failed tells
 * nobody anything.
 * <p>
 * Needed until Reactor Netty ignores such a fault.
 *
 * @see <a href=
 * "https://github.com/reactor/reactor-netty/issues/1013">reactor-netty#1013</a>
 * @see <a href="https://github.com/netty/netty/issues/10411">netty#10411</a>
 */
final class ConnectionFaults extends ChannelInboundHandlerAdapter {

	static final String NAME = "apertis.connectionFaults";

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (cause instanceof NotYetConnectedException && !context.channel().isActive()) {
			return;
		}
		if (cause instanceof IOException) {
			cause.setStackTrace(new StackTraceElement[0]);
		}
		context.fireExceptionCaught(cause);
	}

}
