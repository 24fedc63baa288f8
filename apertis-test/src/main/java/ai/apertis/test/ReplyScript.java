package ai.apertis.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Replies that are written as text, byte for byte: what real gateways send, and what is
 * wrong with it.
 * <p>
 * A line is sent as it is, with its LF. {@code !pause 7} waits for so many seconds,
 * {@code !close} ends the body, {@code !reset} resets the connection. Lines between
 * {@code !head} and {@code !body} are the status line and the headers; without them the
 * reply is an event stream with status 200.
 */
public final class ReplyScript {

	private ReplyScript() {
	}

	/**
	 * Return a reply that comes with this library.
	 * @param name its name, such as {@code stop-everywhere}
	 * @return the reply
	 * @throws IllegalArgumentException if there is none of that name
	 */
	public static Reply bundled(String name) {
		try (InputStream in = ReplyScript.class.getResourceAsStream("scripts/" + name + ".txt")) {
			if (in == null) {
				throw new IllegalArgumentException("There is no script " + name);
			}
			return read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Read a reply.
	 * @param script its text
	 * @return the reply
	 */
	public static Reply read(String script) {
		Reply reply = script.startsWith("!head\n") ? Reply.status(200) : Reply.stream();
		boolean inHead = false;
		int start = 0;
		while (start < script.length()) {
			int lineFeed = script.indexOf('\n', start);
			int end = (lineFeed < 0) ? script.length() : lineFeed;
			String line = script.substring(start, end);
			start = Math.min(end + 1, script.length());
			if (line.equals("!head") || line.equals("!body")) {
				inHead = line.equals("!head");
			}
			else if (inHead) {
				reply = head(reply, line);
			}
			else if (line.startsWith("!pause ")) {
				reply = reply.pause(Duration.ofMillis((long) (1000 * Double.parseDouble(line.substring(7)))));
			}
			else if (line.equals("!close")) {
				return reply;
			}
			else if (line.equals("!reset")) {
				return reply.reset();
			}
			else {
				reply = reply.raw((lineFeed < 0) ? line : line + "\n");
			}
		}
		return reply;
	}

	private static Reply head(Reply reply, String line) {
		if (line.startsWith("HTTP/")) {
			return Reply.status(Integer.parseInt(line.split(" ")[1]));
		}
		String[] header = line.split(":", 2);
		boolean framing = header[0].equalsIgnoreCase("Content-Length") || header[0].equalsIgnoreCase("Connection");
		return framing ? reply : reply.header(header[0].strip(), header[1].strip());
	}

}
