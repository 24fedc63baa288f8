package ai.apertis.passthrough;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Gives each connection to the next of some servers.
 */
final class AlternatingProxy implements AutoCloseable {

	private final ServerSocket server;

	private final List<Integer> ports;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private AlternatingProxy(ServerSocket server, List<Integer> ports) {
		this.server = server;
		this.ports = ports;
	}

	static AlternatingProxy start(Integer... ports) throws IOException {
		AlternatingProxy proxy = new AlternatingProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
				List.of(ports));
		proxy.threads.execute(proxy::accept);
		return proxy;
	}

	int port() {
		return this.server.getLocalPort();
	}

	private void accept() {
		for (int i = 0; !this.server.isClosed(); i++) {
			try {
				Socket client = this.server.accept();
				Socket target = new Socket(InetAddress.getLoopbackAddress(), this.ports.get(i % this.ports.size()));
				this.sockets.addAll(List.of(client, target));
				this.threads.execute(() -> copy(client, target));
				this.threads.execute(() -> copy(target, client));
			}
			catch (IOException ex) {
				if (!this.server.isClosed()) {
					throw new UncheckedIOException(ex);
				}
			}
		}
	}

	/**
	 * Whichever side ends first ends both.
	 */
	private static void copy(Socket from, Socket to) {
		try (from; to; InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
			in.transferTo(out);
		}
		catch (IOException ex) {
			// the other direction has ended it
		}
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
		this.threads.shutdownNow();
	}

}
