package ai.apertis.passthrough.resume;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import ai.apertis.client.call.Outcome;
import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.HangUp;
import ai.apertis.passthrough.format.StreamFormat;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Stores one stream while it is delivered: in batches, beside the delivery, which never
 * waits for it. Where the store is in trouble the stream is not kept any more, and its
 * client does not notice. Safe for use by several threads.
 */
public final class Recording {

	private static final Log logger = LogFactory.getLog(Recording.class);

	/** What is stored at once, in bytes. */
	private static final int FULL = 16 * 1024;

	/** How much may wait to be stored, in bytes. */
	private static final int MAX_WAITING = 1024 * 1024;

	/** How often to ask again for a stream that somebody else has, and when. */
	private static final int FURTHER_ATTEMPTS = 4;

	private static final Duration PAUSE = Duration.ofMillis(250);

	/** How often to try to end a stream in a store that is away. */
	private static final int FINAL_ATTEMPTS = 30;

	/** How many renewals a lease is made of. */
	private static final int RENEWALS = 3;

	private final StreamStart start;

	private final boolean named;

	private final boolean numbered;

	private final StreamStore store;

	private final ResumeSettings settings;

	private final PassThroughEvents listener;

	private final AtomicLong waiting;

	private final LongSupplier promptTokens;

	private final Disposable.Swap timer = Disposables.swap();

	private final Sinks.Empty<Void> over = Sinks.empty();

	private volatile Runnable onStop = () -> {
	};

	private volatile State state = State.OPENING;

	private volatile boolean detached;

	private volatile boolean told;

	// guarded by this

	private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

	private long stored;

	private long counted;

	private long size;

	private @Nullable Batch inFlight;

	private boolean busy;

	private long lastRenewal = now();

	private long failingSince;

	private @Nullable StreamState ending;

	/**
	 * Create a recording.
	 * @param start the stream
	 * @param named whether clients resume it by its id
	 * @param numbered whether its client gets the numbers of events
	 * @param store where it is stored
	 * @param settings how
	 * @param listener is told of what happens
	 * @param waiting counts the bytes of all streams that wait to be stored
	 * @param promptTokens estimates the tokens of the prompt
	 */
	Recording(StreamStart start, boolean named, boolean numbered, StreamStore store, ResumeSettings settings,
			PassThroughEvents listener, AtomicLong waiting, LongSupplier promptTokens) {
		this.start = start;
		this.named = named;
		this.numbered = numbered;
		this.store = store;
		this.settings = settings;
		this.listener = listener;
		this.waiting = waiting;
		this.promptTokens = promptTokens;
	}

	/**
	 * Return the stream's id.
	 * @return the id
	 */
	public String id() {
		return this.start.id();
	}

	private boolean isKept() {
		return this.state == State.KEPT;
	}

	/**
	 * Begin to store. The stream need not wait for it.
	 * @param lost takes the stream before this one, if its owner has gone
	 * @return whether it is stored; {@code false} also if another one runs by this id
	 */
	Mono<Boolean> open(Consumer<LostStream> lost) {
		return Mono.defer(() -> open(counted(), FURTHER_ATTEMPTS)).doOnNext((opening) -> {
			if (opening.lost() != null) {
				lost.accept(opening.lost());
			}
		})
			.map(Opening::isOwned)
			.doOnNext((mine) -> opened(mine ? State.KEPT : State.GIVEN_UP))
			.doOnError(this::notOpened);
	}

	/**
	 * One that has just ended, or was stopped, may still be on its way into the store.
	 */
	private Mono<Opening> open(StreamStart start, int further) {
		return this.store.open(start)
			.timeout(this.settings.storeTimeout())
			.flatMap((opening) -> (opening.isOwned() || further == 0) ? Mono.just(opening)
					: Mono.delay(PAUSE).then(open(start, further - 1)));
	}

	/**
	 * The tokens of the prompt are needed only if somebody else has to count them.
	 */
	private StreamStart counted() {
		if (!this.store.isShared()) {
			return this.start;
		}
		try {
			return this.start.withPromptTokens(this.promptTokens.getAsLong());
		}
		catch (RuntimeException ex) {
			logger.warn("The tokens of a prompt cannot be counted", ex);
			return this.start;
		}
	}

	/**
	 * It may have been opened all the same, if only the answer has not come.
	 */
	private void notOpened(Throwable failure) {
		logger.warn("The store of streams is not available: a stream cannot be resumed: " + failure);
		opened(State.GIVEN_UP);
		finishAsLost();
	}

	private void opened(State state) {
		boolean late;
		synchronized (this) {
			late = this.state != State.OPENING;
			if (!late) {
				this.state = state;
			}
			if (!late && state == State.GIVEN_UP) {
				forget();
			}
		}
		if (late) {
			if (state == State.KEPT) {
				// it has been given up meanwhile
				finishAsLost();
			}
		}
		else if (state == State.GIVEN_UP) {
			this.over.tryEmitEmpty();
		}
		else {
			this.listener.streamStored();
			long interval = this.settings.batchInterval().toNanos();
			this.timer.update(
					Schedulers.parallel().schedulePeriodically(this::work, interval, interval, TimeUnit.NANOSECONDS));
			work();
		}
	}

	/**
	 * Store a stream while it goes by.
	 * @param events the bytes of its events, each buffer with whole ones
	 * @param format their format
	 * @param stopped tells why the stream was ended, {@code null} if it was not
	 * @param stop ends the stream, as somebody wants it to end
	 * @return the bytes to deliver
	 */
	public Flux<DataBuffer> record(Flux<DataBuffer> events, StreamFormat format,
			Supplier<@Nullable RefusedException> stopped, Consumer<RefusedException> stop) {
		this.onStop = () -> stop.accept(Endings.stopped());
		Flux<DataBuffer> recorded = events.doOnNext(this::add)
			.doOnComplete(() -> end(StreamState.COMPLETED, null))
			.doOnError((failure) -> end(stateOf(failure), format.hasSentError() ? null : format.error(failure)))
			.doOnCancel(() -> cancelled(format, stopped.get()));
		return this.numbered ? recorded.map(new EventNumbers(0)::add) : recorded;
	}

	private static StreamState stateOf(Throwable failure) {
		return (Outcome.of(failure) == Outcome.INTERRUPTED) ? StreamState.INTERRUPTED : StreamState.FAILED;
	}

	private void cancelled(StreamFormat format, @Nullable RefusedException reason) {
		Throwable why = (reason != null) ? reason : Endings.interrupted();
		end(Endings.isStop(why) ? StreamState.STOPPED : StreamState.INTERRUPTED, format.error(why));
	}

	/**
	 * End the stream, as somebody wants it to end.
	 */
	void stop() {
		this.onStop.run();
	}

	/**
	 * Tell the client the stream's id, if there is one, and it can be resumed by it.
	 * @return the id, {@code null} if there is none
	 */
	public @Nullable String tellId() {
		if (!this.named || !isKept()) {
			return null;
		}
		this.told = true;
		return id();
	}

	/**
	 * Return whether the client can come back for the stream.
	 * @return whether it is stored, and the client knows by which id
	 */
	public boolean isResumable() {
		return isKept() && (this.told || !this.named);
	}

	/**
	 * Return what happens when the client hangs up: the stream is read on, for it to come
	 * back.
	 * @return how
	 */
	public HangUp hangUp() {
		return new HangUp(this.settings.detached(), () -> {
			this.detached = true;
			this.listener.detached();
		});
	}

	/**
	 * Nothing more is delivered. If the stream has not even begun, or whoever delivers it
	 * has failed, it is over all the same.
	 */
	public void close() {
		end(StreamState.INTERRUPTED, null);
	}

	/**
	 * Wait for the store.
	 * @return completes when the end of the stream is stored, or it is not stored after
	 * all
	 */
	public Mono<Void> over() {
		return this.over.asMono();
	}

	private void add(DataBuffer buffer) {
		boolean full;
		boolean tooMuch;
		synchronized (this) {
			if (this.ending != null) {
				return;
			}
			keep(bytes(buffer));
			full = this.pending.size() >= FULL;
			tooMuch = this.pending.size() > MAX_WAITING || this.size > this.settings.maxBytes()
					|| this.waiting.get() > this.settings.maxWaiting();
		}
		if (tooMuch) {
			giveUp(true);
		}
		else if (full) {
			work();
		}
	}

	private void keep(byte[] bytes) {
		if (this.state != State.GIVEN_UP) {
			this.pending.writeBytes(bytes);
			this.counted += StoredEvents.count(bytes);
			this.size += bytes.length;
			this.waiting.addAndGet(bytes.length);
		}
	}

	/**
	 * Copy the bytes, which are still to be delivered.
	 */
	private static byte[] bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.toByteBuffer(ByteBuffer.wrap(bytes));
		return bytes;
	}

	private void end(StreamState state, @Nullable DataBuffer lastEvent) {
		synchronized (this) {
			if (this.ending != null) {
				return;
			}
			if (lastEvent != null) {
				keep(bytes(lastEvent));
			}
			this.ending = state;
		}
		work();
	}

	/**
	 * Do the one thing that is next, if nothing is under way.
	 */
	private void work() {
		Mono<Ownership> next;
		synchronized (this) {
			if (this.busy || this.state != State.KEPT) {
				return;
			}
			next = next();
			this.busy = (next != null);
		}
		if (next != null) {
			next.timeout(this.settings.storeTimeout()).subscribe(this::done, this::failed);
		}
	}

	private @Nullable Mono<Ownership> next() {
		if (this.inFlight == null && this.counted > this.stored && this.pending.size() > 0) {
			this.inFlight = new Batch(this.stored + 1, this.counted, this.pending.toByteArray());
			this.stored = this.counted;
			this.pending.reset();
		}
		Batch batch = this.inFlight;
		if (batch != null) {
			return this.store.append(id(), this.start.generation(), batch);
		}
		if (this.ending != null) {
			return this.store.finish(id(), this.start.generation(), this.ending).thenReturn(Ownership.FENCED);
		}
		boolean due = now() - this.lastRenewal > this.settings.lease().toNanos() / RENEWALS;
		return due ? this.store.renew(id(), this.start.generation()) : null;
	}

	private void done(Ownership ownership) {
		boolean more;
		boolean missing;
		synchronized (this) {
			this.busy = false;
			this.failingSince = 0;
			this.lastRenewal = now();
			missing = ownership == Ownership.FENCED && (this.inFlight != null || this.ending == null);
			if (this.inFlight != null) {
				this.waiting.addAndGet(-this.inFlight.bytes().length);
				this.inFlight = null;
			}
			more = this.ending != null || this.pending.size() >= FULL;
		}
		if (ownership == Ownership.FENCED) {
			fenced(missing);
			return;
		}
		if (ownership == Ownership.STOP) {
			this.onStop.run();
		}
		if (more) {
			work();
		}
	}

	/**
	 * Nothing more is to be stored, either because all is, or because somebody else has
	 * the stream. For whom it would be read on cannot be told then.
	 */
	private void fenced(boolean missing) {
		// if it is its own still, nobody is to wait for more
		giveUp(missing);
		if (missing && this.detached) {
			this.onStop.run();
		}
	}

	/**
	 * The same is tried again at the next tick, for as long as its owner may be silent
	 * once it has ended.
	 */
	private void failed(Throwable failure) {
		boolean first;
		boolean hopeless;
		synchronized (this) {
			this.busy = false;
			first = this.failingSince == 0;
			if (first) {
				this.failingSince = now();
			}
			hopeless = this.ending != null && now() - this.failingSince > this.settings.lease().toNanos();
		}
		if (first) {
			logger.warn("A stream cannot be stored at the moment: " + failure);
		}
		if (hopeless) {
			giveUp(true);
		}
	}

	/**
	 * @param early whether some of the stream is missing
	 */
	private void giveUp(boolean early) {
		boolean kept;
		synchronized (this) {
			if (this.state == State.GIVEN_UP) {
				return;
			}
			kept = this.state == State.KEPT;
			this.state = State.GIVEN_UP;
			forget();
		}
		this.over.tryEmitEmpty();
		if (early && kept) {
			this.listener.storingGivenUp();
			finishAsLost();
		}
	}

	/**
	 * Tried for as long as somebody could take it for a stream whose owner has gone, and
	 * count it a second time.
	 */
	private void finishAsLost() {
		Duration pause = this.settings.lease().dividedBy(RENEWALS);
		this.store.finish(id(), this.start.generation(), StreamState.LOST)
			.timeout(this.settings.storeTimeout())
			.retryWhen(Retry.fixedDelay(FINAL_ATTEMPTS, pause))
			.subscribe(null, (failure) -> logger.debug("The end of a stream cannot be stored", failure));
	}

	private void forget() {
		this.timer.dispose();
		this.waiting.addAndGet(-this.pending.size() - ((this.inFlight != null) ? this.inFlight.bytes().length : 0));
		this.pending.reset();
		this.inFlight = null;
	}

	/**
	 * Return how long to wait for the store at the end.
	 * @return the time
	 */
	public Duration patience() {
		return this.settings.storeTimeout();
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	private enum State {

		OPENING, KEPT, GIVEN_UP

	}

}
