package ai.apertis.benchmarks.gateway;

import ai.apertis.benchmarks.measure.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;

/**
 * A gateway that does nothing but send events, each in a write of its own, as fast as
 * they are taken or at a pace. It runs in a process of its own.
 */
public final class FastGateway {

	private FastGateway() {
	}

	/**
	 * Start it.
	 * @param args the port
	 */
	public static void main(String[] args) throws InterruptedException {
		MultiThreadIoEventLoopGroup threads = Transport.threads(1);
		new ServerBootstrap().group(threads)
			.channel(Transport.SERVER)
			.option(ChannelOption.SO_BACKLOG, 8192)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childHandler(new ChannelInitializer<SocketChannel>() {

				@Override
				protected void initChannel(SocketChannel channel) {
					channel.pipeline()
						.addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 20), new StreamHandler());
				}

			})
			.bind("127.0.0.1", Integer.parseInt(args[0]))
			.sync()
			.channel()
			.closeFuture()
			.sync();
	}

}
