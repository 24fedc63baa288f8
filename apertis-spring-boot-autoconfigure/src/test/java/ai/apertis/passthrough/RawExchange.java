package ai.apertis.passthrough;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An HTTP/1.1 exchange over a plain socket, which shows the response byte for byte, and
 * how it ended.
 */
final class RawExchange implements AutoCloseable {

	private final Socket socket;

	private final InputStream in;

	private final int status;

	private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

	private boolean begun;

	private boolean terminated;

	private RawExchange(Socket socket) throws IOException {
		this.socket = socket;
		this.in = new BufferedInputStream(socket.getInputStream());
		this.status = Integer.parseInt(line().split(" ")[1]);
		for (String header = line(); !header.isEmpty(); header = line()) {
			String[] parts = header.split(":", 2);
			this.headers.put(parts[0].strip(), parts[1].strip());
		}
	}

	static RawExchange post(int port, String path, String json, String... headers) throws IOException {
		return post(port, path, json.getBytes(StandardCharsets.UTF_8), Map.of("Content-Type", "application/json"),
				List.of(headers));
	}

	static RawExchange post(int port, String path, byte[] body, Map<String, String> fixed, List<String> headers)
			throws IOException {
		List<String> all = new ArrayList<>();
		fixed.forEach((name, value) -> all.add(name + ": " + value));
		all.addAll(headers);
		return send(port, "POST " + path, body, all);
	}

	static RawExchange send(int port, String methodAndPath, byte[] body, List<String> headers) throws IOException {
		StringBuilder head = new StringBuilder(
				methodAndPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n");
		headers.forEach((header) -> head.append(header).append("\r\n"));
		ByteArrayOutputStream request = new ByteArrayOutputStream();
		request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
		request.writeBytes(body);
		return sendRaw(port, request.toByteArray());
	}

	/**
	 * Send anything at all.
	 */
	static RawExchange sendRaw(int port, byte[] request) throws IOException {
		Socket socket = new Socket("127.0.0.1", port);
		socket.setSoTimeout(30_000);
		socket.getOutputStream().write(request);
		return new RawExchange(socket);
	}

	int status() {
		return this.status;
	}

	String header(String name) {
		return this.headers.getOrDefault(name, "");
	}

	Map<String, String> headers() {
		return this.headers;
	}

	/**
	 * Read the next chunk of the transfer encoding.
	 * @return its text, empty at the end of the body
	 */
	String chunk() throws IOException {
		return new String(chunkBytes(), StandardCharsets.UTF_8);
	}

	/**
	 * Read the rest of the body.
	 */
	byte[] body() throws IOException {
		if (this.headers.containsKey("Content-Length")) {
			int length = Integer.parseInt(header("Content-Length"));
			byte[] whole = this.in.readNBytes(length);
			this.terminated = (whole.length == length);
			return whole;
		}
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		for (byte[] chunk = chunkBytes(); chunk.length > 0; chunk = chunkBytes()) {
			body.writeBytes(chunk);
		}
		return body.toByteArray();
	}

	/**
	 * Read the rest of a body in chunks, and keep none of it.
	 * @return how many bytes it had
	 */
	long length() throws IOException {
		long length = 0;
		for (byte[] chunk = chunkBytes(); chunk.length > 0; chunk = chunkBytes()) {
			length += chunk.length;
		}
		return length;
	}

	String text() throws IOException {
		return new String(body(), StandardCharsets.UTF_8);
	}

	/**
	 * Whether the body ended in order, with its terminating chunk or at its length.
	 */
	boolean isTerminated() {
		return this.terminated;
	}

	private byte[] chunkBytes() throws IOException {
		if (this.begun) {
			// behind the last chunk, of which some servers send it only with the next
			line();
		}
		this.begun = true;
		String size = line();
		if (size.isEmpty()) {
			return new byte[0];
		}
		int length = Integer.parseInt(size, 16);
		this.terminated = (length == 0);
		return this.in.readNBytes(length);
	}

	private String line() throws IOException {
		StringBuilder line = new StringBuilder();
		for (int c = this.in.read(); c != -1 && c != '\n'; c = this.in.read()) {
			if (c != '\r') {
				line.append((char) c);
			}
		}
		return line.toString();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
