package ai.apertis.passthrough.exchange;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.limit.RequestMemory;
import reactor.core.scheduler.Schedulers;

import org.springframework.http.HttpHeaders;
import org.springframework.util.FastByteArrayOutputStream;

/**
 * Request whose body is being received, within limits. Occupies memory until it is
 * closed. Used by one thread at a time.
 */
public final class IncomingRequest implements AutoCloseable {

	private final UploadLimits limits;

	private final RequestMemory.Held held;

	private final Caller caller;

	private final Function<byte[], StreamedResponse> respond;

	private final FastByteArrayOutputStream body = new FastByteArrayOutputStream();

	private final long start = now();

	/**
	 * Begin to receive.
	 * @param limits the limits of the body
	 * @param held what the body takes
	 * @param caller who has sent it
	 * @param respond makes the response to the body
	 */
	IncomingRequest(UploadLimits limits, RequestMemory.Held held, Caller caller,
			Function<byte[], StreamedResponse> respond) {
		this.limits = limits;
		this.held = held;
		this.caller = caller;
		this.respond = respond;
	}

	/**
	 * Add a piece of the body.
	 * @param piece holds the bytes, which are copied
	 * @param length how many of them, from the first on
	 * @throws RefusedException if the body is too large or too slow, or there is no room
	 * for it
	 */
	public void add(byte[] piece, int length) {
		if (this.body.size() + length > this.limits.maxSize()) {
			throw tooLarge(this.limits.maxSize());
		}
		if (now() - this.start > this.limits.timeout().toNanos()) {
			throw tooSlow();
		}
		this.held.add(length);
		write(piece, length);
	}

	private void write(byte[] piece, int length) {
		try {
			this.body.write(piece, 0, length);
		}
		catch (IOException ex) {
			// it has been closed
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return how long the whole body may take to arrive, for whoever waits for it.
	 * @return the time from the beginning
	 */
	public Duration timeout() {
		return this.limits.timeout();
	}

	/**
	 * Refuse a body that does not arrive.
	 * @return the refusal
	 */
	public RefusedException tooSlow() {
		return RefusedException.of(408, "request_timeout",
				"The body did not arrive within " + this.limits.timeout().toMillis() + " ms");
	}

	static RefusedException tooLarge(long limit) {
		return RefusedException.of(413, "request_too_large", "The body must not exceed " + limit + " bytes");
	}

	/**
	 * The body is there: decode it, if its client has compressed it, and answer.
	 * @return the response
	 * @throws RefusedException if the request must not be sent upstream
	 */
	public StreamedResponse respond() {
		byte[] decoded = RequestCoding.decode(this.caller.headers().getFirst(HttpHeaders.CONTENT_ENCODING),
				this.body.toByteArrayUnsafe(), this.limits.maxSize(), this.held);
		return this.respond.apply(decoded);
	}

	/**
	 * Give back what the body takes.
	 */
	@Override
	public void close() {
		this.held.close();
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

}
