package ai.apertis.test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Request that reached the gateway.
 */
public final class RecordedRequest {

	private final String method;

	private final String path;

	private final Map<String, List<String>> headers;

	private final byte[] body;

	private final CompletableFuture<Instant> closed;

	RecordedRequest(String method, String path, Map<String, List<String>> headers, byte[] body,
			CompletableFuture<Instant> closed) {
		this.method = method;
		this.path = path;
		this.headers = headers;
		this.body = body;
		this.closed = closed;
	}

	/**
	 * Return the request's method.
	 * @return the method
	 */
	public String method() {
		return this.method;
	}

	/**
	 * Return the request's path, with its query.
	 * @return the path
	 */
	public String path() {
		return this.path;
	}

	/**
	 * Return the request's headers.
	 * @return the headers; names are compared without regard to case
	 */
	public Map<String, List<String>> headers() {
		return this.headers;
	}

	/**
	 * Return a header's first value.
	 * @param name the header's name
	 * @return the value, empty if there is no such header
	 */
	public Optional<String> header(String name) {
		return this.headers.getOrDefault(name, List.of()).stream().findFirst();
	}

	/**
	 * Return the request's body.
	 * @return the body as text
	 */
	public String body() {
		return new String(this.body, StandardCharsets.UTF_8);
	}

	/**
	 * Return when the connection on which the request came was closed, by either side.
	 * @return the instant, empty if it is open
	 */
	public Optional<Instant> closedAt() {
		return Optional.ofNullable(this.closed.getNow(null));
	}

	/**
	 * Wait for the connection on which the request came to be closed.
	 * @param atMost how long to wait at most
	 * @return whether it is closed
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean awaitClosed(Duration atMost) throws InterruptedException {
		try {
			this.closed.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
			return true;
		}
		catch (TimeoutException ex) {
			// that is the answer
			return false;
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return this.method + " " + this.path;
	}

}
