package ai.apertis.passthrough.resume;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;

import ai.apertis.client.stream.EventStream;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.StreamFormat;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * A stored stream, for one reader: what is stored, and then what comes, until it ends as
 * the stream has ended. The store is asked for more when the reader has taken what there
 * was.
 */
public final class ResumedStream {

	private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);

	private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

	private final LongFunction<Mono<Slice>> read;

	private final String generation;

	private final long after;

	private final boolean numbered;

	private volatile boolean told;

	ResumedStream(LongFunction<Mono<Slice>> read, String generation, long after, boolean numbered) {
		this.read = read;
		this.generation = generation;
		this.after = after;
		this.numbered = numbered;
	}

	/**
	 * Return the events.
	 * @return the bytes of the events; fails at the end of a stream that is not whole
	 */
	public Flux<DataBuffer> events() {
		return poll(this.after, Duration.ZERO).expand(this::next).concatMap(this::bytesOf, 1);
	}

	private Mono<Poll> poll(long after, Duration pause) {
		return this.read.apply(after)
			.filter((slice) -> slice.generation().equals(this.generation) && !slice.isDamagedBehind(after))
			.switchIfEmpty(Mono.error(Endings::interrupted))
			.map((slice) -> new Poll(after, slice, pause));
	}

	private Mono<Poll> next(Poll last) {
		if (last.isLast()) {
			return Mono.empty();
		}
		Duration pause = last.nextPause();
		Mono<Poll> next = Mono.defer(() -> poll(last.position(), pause));
		return pause.isZero() ? next : Mono.delay(pause).then(next);
	}

	private Flux<DataBuffer> bytesOf(Poll poll) {
		List<DataBuffer> buffers = new ArrayList<>();
		for (Batch batch : poll.slice().batches()) {
			byte[] bytes = behind(batch, poll.after());
			if (bytes.length > 0) {
				buffers.add(DefaultDataBufferFactory.sharedInstance.wrap(bytes));
			}
		}
		Flux<DataBuffer> events = Flux.fromIterable(buffers);
		return poll.isLast() ? events.concatWith(Flux.defer(() -> ending(poll.slice().state()))) : events;
	}

	private Flux<DataBuffer> ending(StreamState state) {
		return switch (state) {
			case RUNNING, COMPLETED -> Flux.empty();
			case LOST -> Flux.error(Endings.interrupted());
			case FAILED, INTERRUPTED, STOPPED -> {
				// by the last event of those that are stored
				this.told = true;
				yield Flux.error((state == StreamState.STOPPED) ? Endings.stopped() : Endings.interrupted());
			}
		};
	}

	/**
	 * A batch may begin before the position.
	 */
	private byte[] behind(Batch batch, long after) {
		byte[] bytes = batch.bytes();
		int from = 0;
		long number = batch.first() - 1;
		while (number < after) {
			int end = StoredEvents.end(bytes, from);
			if (end == -1) {
				return new byte[0];
			}
			from = end;
			number++;
		}
		byte[] rest = (from > 0) ? Arrays.copyOfRange(bytes, from, bytes.length) : bytes;
		return this.numbered ? new EventNumbers(number).add(rest) : rest;
	}

	/**
	 * Return the format of the events, which are as they were.
	 * @param original makes signs of life, and the error of a stream that was lost
	 * @return the format
	 */
	public StreamFormat format(ErrorFormat original) {
		return new Replay(original);
	}

	/**
	 * What was read at once.
	 *
	 * @param after the position behind which it was read
	 * @param slice what was read
	 * @param pause how long it was waited for
	 */
	private record Poll(long after, Slice slice, Duration pause) {

		long position() {
			return this.slice.lastOf(this.after);
		}

		boolean isLast() {
			return this.slice.state() != StreamState.RUNNING && position() >= this.slice.last();
		}

		Duration nextPause() {
			if (position() < this.slice.last()) {
				return Duration.ZERO;
			}
			if (!this.slice.batches().isEmpty() || this.pause.isZero()) {
				return SHORTEST_PAUSE;
			}
			Duration longer = this.pause.multipliedBy(2);
			return (longer.compareTo(LONGEST_PAUSE) < 0) ? longer : LONGEST_PAUSE;
		}

	}

	/**
	 * Events that are not read, as they are known.
	 */
	private final class Replay implements StreamFormat {

		private final ErrorFormat errors;

		Replay(ErrorFormat errors) {
			this.errors = errors;
		}

		@Override
		public @Nullable DataBuffer next(EventStream events) {
			return null;
		}

		@Override
		public boolean hasSentError() {
			return ResumedStream.this.told;
		}

		@Override
		public DataBuffer error(Throwable failure) {
			return DefaultDataBufferFactory.sharedInstance.wrap(this.errors.event(failure));
		}

	}

}
