package ai.apertis.client.upstream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.EventTooLargeException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.error.StreamTimeoutException.Limit;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.ResponseCollector;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.wire.CutJson;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.util.FastByteArrayOutputStream;

/**
 * Body of a response that is not streamed: JSON, or the events of a stream all the same,
 * whatever its content type says.
 */
final class WholeBody {

	private static final byte[] NOTHING = new byte[0];

	/** A page need not be read to its end. */
	private static final int MAX_TEXT = 64 * 1024;

	private final NonStreamResponseReader reader;

	private final @Nullable ApiProtocol protocol;

	private final StreamLimits limits;

	private final EventMemory.Share share;

	/** What is taken out of it is its own array: a large body is not held twice. */
	private final FastByteArrayOutputStream body = new FastByteArrayOutputStream();

	private volatile long length;

	private volatile long lastActive = now();

	private volatile boolean waiting;

	private BodyForm form = BodyForm.UNKNOWN;

	private @Nullable CollectedEvents events;

	/**
	 * Create the body of one answer.
	 * @param reader reads what is no event stream
	 * @param protocol reads events, {@code null} if there can be none
	 * @param limits by which events are read
	 * @param share what it takes of the memory for large answers
	 */
	WholeBody(NonStreamResponseReader reader, @Nullable ApiProtocol protocol, StreamLimits limits,
			EventMemory.Share share) {
		this.protocol = protocol;
		this.share = share;
		this.reader = reader;
		this.limits = limits;
	}

	/**
	 * Read the body. Once it has begun, it must not fall silent.
	 * @param buffers its buffers
	 * @return the JSON of the completion; fails with what the answer tells instead
	 */
	Mono<byte[]> read(Flux<DataBuffer> buffers) {
		Duration idle = this.limits.idleTimeout();
		return Mono.defer(() -> {
			this.reader.requireNoCoding();
			return buffers
				.timeout(Mono.never(), (buffer) -> silence(idle),
						Mono.error(() -> new StreamTimeoutException(Limit.IDLE, idle)))
				.concatMap((buffer) -> room(buffer).thenReturn(buffer), 1)
				.doOnDiscard(DataBuffer.class, DataBufferUtils::release)
				.takeUntil(this::add)
				.then(Mono.fromSupplier(this::json))
				.doFinally((signal) -> {
					if (signal != SignalType.ON_COMPLETE) {
						this.share.reset();
					}
				});
		});
	}

	/**
	 * Wait for the end of a silence. To wait for room is no silence of the gateway.
	 */
	private Mono<Long> silence(Duration left) {
		return Mono.delay(left).flatMap((tick) -> {
			Duration passed = Duration.ofNanos(now() - this.lastActive);
			Duration idle = this.limits.idleTimeout();
			return (!this.waiting && passed.compareTo(idle) >= 0) ? Mono.just(tick)
					: silence(this.waiting ? idle : idle.minus(passed));
		});
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	/**
	 * Wait until there is room for the next buffer.
	 */
	private Mono<Void> room(DataBuffer buffer) {
		long gathered = this.length + buffer.readableByteCount();
		return Mono.<Void>create((sink) -> askForRoom(gathered, sink))
			.doOnCancel(() -> DataBufferUtils.release(buffer));
	}

	private void askForRoom(long gathered, MonoSink<Void> sink) {
		this.waiting = true;
		if (this.share.take(gathered, () -> askForRoom(gathered, sink))) {
			this.length = gathered;
			this.lastActive = now();
			this.waiting = false;
			sink.success();
		}
	}

	/**
	 * Return what has come of the body so far. May be called by any thread.
	 * @return the JSON of the response up to there, empty if that is nothing
	 */
	synchronized byte[] received() {
		if (this.events != null) {
			return this.events.received();
		}
		return (this.form == BodyForm.JSON)
				? this.reader.credentials().redact(CutJson.close(this.body.toByteArrayUnsafe())) : NOTHING;
	}

	/**
	 * Copy a buffer, and release it.
	 */
	static byte[] bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return bytes;
	}

	/**
	 * Add a buffer.
	 * @return whether the rest of the body is of no interest
	 */
	private synchronized boolean add(DataBuffer buffer) {
		byte[] bytes = bytes(buffer);
		if (this.events != null) {
			return this.events.add(bytes);
		}
		if (this.body.size() + bytes.length > this.limits.maxEventSize()) {
			throw new EventTooLargeException(this.limits.maxEventSize());
		}
		write(bytes);
		if (this.form == BodyForm.UNKNOWN) {
			this.form = BodyForm.of(this.body.toByteArrayUnsafe());
		}
		if (this.form == BodyForm.EVENTS && this.protocol != null) {
			this.events = events(this.protocol);
			return this.events.add(this.body.toByteArrayUnsafe());
		}
		return this.form == BodyForm.OTHER
				&& (this.body.size() > MAX_TEXT || this.body.toString().stripLeading().startsWith("<"));
	}

	private void write(byte[] bytes) {
		try {
			this.body.write(bytes, 0, bytes.length);
		}
		catch (IOException ex) {
			// only if it were closed
			throw new UncheckedIOException(ex);
		}
	}

	private CollectedEvents events(ApiProtocol protocol) {
		EventStream stream = new EventStream(this.limits, protocol.start(1, this.limits),
				this.reader.credentials()::redact, StreamListener.NONE);
		stream.onResponse(this.reader.credentials().redact(this.reader.headers()));
		return new CollectedEvents(stream, protocol.collector());
	}

	private synchronized byte[] json() {
		if (this.events != null) {
			return this.events.json();
		}
		byte[] body = this.body.toByteArrayUnsafe();
		if (this.form != BodyForm.JSON) {
			throw this.reader.other(body);
		}
		return this.reader.completion(body);
	}

	/**
	 * The events of a body that should have been JSON.
	 */
	private record CollectedEvents(EventStream stream, ResponseCollector collector) {

		/**
		 * Add bytes.
		 * @return whether the stream has ended
		 */
		boolean add(byte[] bytes) {
			this.stream.append(DefaultDataBufferFactory.sharedInstance.wrap(bytes));
			collect();
			return this.stream.outcome() != null;
		}

		private void collect() {
			for (Event event = this.stream.next(); event != null; event = this.stream.next()) {
				if (this.stream.meaning() == EventKind.CHUNK || this.stream.meaning() == EventKind.USAGE) {
					this.collector.add(event);
				}
			}
		}

		byte[] received() {
			return this.collector.isEmpty() ? NOTHING : this.collector.json(this.stream.summary());
		}

		byte[] json() {
			this.stream.bodyEnded();
			collect();
			ApertisException failure = this.stream.failure();
			if (failure != null) {
				this.collector.keepIn(failure);
				throw failure;
			}
			return this.collector.json(this.stream.summary());
		}

	}

}
