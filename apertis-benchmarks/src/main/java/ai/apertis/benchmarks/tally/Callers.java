package ai.apertis.benchmarks.tally;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Clients of the pass-through, many at a time, each with a connection of its own.
 */
final class Callers {

	private final int port;

	private final Tally tally;

	Callers(int port, Tally tally) {
		this.port = port;
		this.tally = tally;
	}

	/**
	 * Make calls of all kinds, and wait for their ends.
	 */
	void call(int calls, int atATime) throws InterruptedException {
		ExecutorService threads = Executors.newFixedThreadPool(atATime);
		for (int i = 0; i < calls; i++) {
			int id = i;
			threads.submit(() -> call(kind(id), id));
		}
		threads.shutdown();
		if (!threads.awaitTermination(30, TimeUnit.MINUTES)) {
			throw new IllegalStateException("Not all calls have ended");
		}
	}

	private static Kind kind(int id) {
		int place = (id * 37) % 100;
		for (Kind kind : Kind.values()) {
			place -= kind.share();
			if (place < 0) {
				return kind;
			}
		}
		throw new IllegalStateException("The shares must make a hundred");
	}

	private void call(Kind kind, int id) {
		this.tally.row(kind).called();
		byte[] body = ("{\"model\":\"tally\",\"stream\":" + kind.isStreamed() + ",\"user\":\"" + kind.name() + "-" + id
				+ "\"" + kind.parameters() + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + Prose.PARAGRAPH
				+ "\"}]}")
			.getBytes(StandardCharsets.UTF_8);
		String head = "POST /apertis/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
				+ "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
		try (Socket socket = new Socket("127.0.0.1", this.port)) {
			socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
			socket.getOutputStream().write(body);
			read(socket.getInputStream(), kind.hangsUpAfter(id));
		}
		catch (IOException ex) {
			System.err.println(kind + ": " + ex);
		}
	}

	private static void read(InputStream in, int most) throws IOException {
		byte[] buffer = new byte[8192];
		int left = (most > 0) ? most : Integer.MAX_VALUE;
		while (left > 0) {
			int read = in.read(buffer, 0, Math.min(left, buffer.length));
			if (read < 0) {
				return;
			}
			left -= read;
		}
	}

}
