package ai.apertis.benchmarks.measure;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/**
 * The fastest sockets of the machine.
 */
public final class Transport {

	/** What listens. */
	public static final Class<? extends ServerChannel> SERVER = Epoll.isAvailable() ? EpollServerSocketChannel.class
			: NioServerSocketChannel.class;

	/** What connects. */
	public static final Class<? extends Channel> CLIENT = Epoll.isAvailable() ? EpollSocketChannel.class
			: NioSocketChannel.class;

	private Transport() {
	}

	/**
	 * Create threads that serve sockets.
	 */
	public static MultiThreadIoEventLoopGroup threads(int count) {
		IoHandlerFactory handlers = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
		return new MultiThreadIoEventLoopGroup(count, handlers);
	}

}
