package ai.apertis.passthrough.delivery;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.ErrorFormat;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Delivers one response that is known as a whole before any of it is sent. A large one is
 * sent in slices, each when the one before has been taken, so that a client that takes
 * nothing is distinguished from a slow one, and the memory is held until the response has
 * left.
 */
public final class WholeDelivery {

	private static final int SLICE = 64 * 1024;

	/**
	 * How many bytes a second a client takes at least in the long run: what it holds up,
	 * others wait for.
	 */
	private static final int MIN_RATE = 64 * 1024;

	private static final DataBufferFactory BUFFERS = DefaultDataBufferFactory.sharedInstance;

	private static final Backlog NONE = Mono::empty;

	private final Duration writeTimeout;

	private final ErrorFormat errors;

	private final Sinks.Empty<Void> begun = Sinks.empty();

	private volatile ResponseHead head = ResponseHead.ofJson(0, Map.of());

	private volatile long lastTaken;

	private volatile boolean known;

	private volatile boolean broken;

	/**
	 * Create a delivery. To be used for one answer.
	 * @param writeTimeout how long a client may take nothing
	 * @param errors the format of an error in its place
	 */
	public WholeDelivery(Duration writeTimeout, ErrorFormat errors) {
		this.writeTimeout = writeTimeout;
		this.errors = errors;
	}

	/**
	 * Make the response.
	 * @param body delivers the JSON with this, when it is known
	 * @return the response
	 */
	public StreamedResponse respond(Function<WholeDelivery, Flux<DataBuffer>> body) {
		return new StreamedResponse(() -> this.head, body.apply(this), this.errors, () -> this.broken, stalled(),
				() -> null);
	}

	/**
	 * Deliver a JSON document.
	 * @param bytes the document
	 * @param headers the headers to send with it
	 * @return its bytes
	 */
	public Publisher<DataBuffer> deliver(byte[] bytes, Map<String, String> headers) {
		this.head = ResponseHead.ofJson(bytes.length, headers);
		this.known = true;
		this.lastTaken = now();
		this.begun.tryEmitEmpty();
		return (bytes.length <= SLICE) ? Mono.just(BUFFERS.wrap(bytes)) : Flux.deferContextual(
				(context) -> slices(bytes, context.hasKey(Backlog.class) ? context.get(Backlog.class) : NONE));
	}

	/**
	 * End the answer. If its beginning has been sent, the connection is broken off.
	 * @param reason what to tell the client otherwise
	 * @return fails with the reason, or is empty if the beginning has been sent
	 */
	public Mono<DataBuffer> stop(RefusedException reason) {
		if (!this.known) {
			return Mono.error(reason);
		}
		this.broken = true;
		return Mono.empty();
	}

	private Flux<DataBuffer> slices(byte[] bytes, Backlog backlog) {
		Mono<Void> cleared = backlog.cleared().doOnSuccess((taken) -> taken());
		return Flux.range(0, (bytes.length + SLICE - 1) / SLICE)
			.map((slice) -> slice(bytes, slice * SLICE))
			.concatMap((slice) -> Flux.just(slice).concatWith(cleared.cast(DataBuffer.class)), 1)
			.doOnRequest((n) -> taken())
			.takeUntilOther(tooSlow(bytes.length));
	}

	private static DataBuffer slice(byte[] bytes, int start) {
		return BUFFERS.wrap(ByteBuffer.wrap(bytes, start, Math.min(SLICE, bytes.length - start)));
	}

	/**
	 * The answer is broken off, on any server, and holds nothing up any more.
	 */
	private Mono<Long> tooSlow(int length) {
		return Mono.delay(this.writeTimeout.plusSeconds(length / MIN_RATE)).doOnNext((late) -> this.broken = true);
	}

	private void taken() {
		this.lastTaken = now();
	}

	private Mono<Void> stalled() {
		return this.begun.asMono()
			.thenMany(Flux.interval(this.writeTimeout))
			.filter((look) -> now() - this.lastTaken >= this.writeTimeout.toNanos())
			.next()
			.then();
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

}
