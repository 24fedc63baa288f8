package ai.apertis.benchmarks.load;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import ai.apertis.benchmarks.gateway.Script;
import ai.apertis.benchmarks.measure.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Connections that ask for one stream after the other, until they are closed.
 */
public final class Load implements AutoCloseable {

	private static final MultiThreadIoEventLoopGroup THREADS = Transport.threads(1);

	private final ChannelGroup connections = new DefaultChannelGroup(THREADS.next(), true);

	final AtomicLong events = new AtomicLong();

	final AtomicLong streams = new AtomicLong();

	final AtomicLong failures = new AtomicLong();

	final AtomicInteger open = new AtomicInteger();

	final Recorder delays = new Recorder(TimeUnit.MINUTES.toMicros(2), 3);

	final Script script;

	volatile boolean closed;

	/**
	 * Open connections.
	 * @param port where to
	 * @param path of the requests
	 * @param script what is asked for
	 * @param connections how many, opened at up to 2,000 a second
	 */
	public Load(int port, String path, Script script, int connections) throws InterruptedException {
		this.script = script;
		Bootstrap bootstrap = new Bootstrap().group(THREADS)
			.channel(Transport.CLIENT)
			.option(ChannelOption.TCP_NODELAY, true)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 10_000)
			.handler(new ChannelInitializer<SocketChannel>() {

				@Override
				protected void initChannel(SocketChannel channel) {
					channel.pipeline().addLast(new HttpClientCodec(), new StreamCounter(Load.this, path));
				}

			});
		InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
		for (int i = 0; i < connections; i++) {
			this.connections.add(bootstrap.connect(address).addListener((connected) -> {
				if (!connected.isSuccess()) {
					this.failures.incrementAndGet();
				}
			}).channel());
			if (i % 20 == 19) {
				Thread.sleep(10);
			}
		}
	}

	/**
	 * Events that have come so far.
	 */
	public long events() {
		return this.events.get();
	}

	/**
	 * Streams that have ended as they should.
	 */
	public long streams() {
		return this.streams.get();
	}

	/**
	 * Streams that have not.
	 */
	public long failures() {
		return this.failures.get();
	}

	/**
	 * Streams of which at least one event has come, and not yet the end.
	 */
	public int open() {
		return this.open.get();
	}

	/**
	 * How long events were under way since the last call, in microseconds.
	 */
	public Histogram delays() {
		return this.delays.getIntervalHistogram();
	}

	@Override
	public void close() {
		this.closed = true;
		this.connections.close().awaitUninterruptibly();
	}

}
