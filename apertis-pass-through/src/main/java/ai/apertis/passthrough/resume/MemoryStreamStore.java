package ai.apertis.passthrough.resume;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * {@link StreamStore} in the memory of one instance. Where there is no room for more,
 * those that ended first are forgotten; if none has ended, what is too much is not kept.
 */
public final class MemoryStreamStore implements StreamStore {

	/** How many batches are read at once. */
	private static final int MAX_BATCHES = 16;

	/** How many running streams are told at once. */
	private static final int MAX_SHOWN = 100;

	/** What a stream takes besides its events, in bytes. */
	private static final int FRAME = 512;

	private final Duration lease;

	private final Duration retention;

	private final long maxBytes;

	// guarded by this

	private final Map<String, Entry> running = new HashMap<>();

	/** Those that ended last are the last. */
	private final Map<String, Entry> ended = new LinkedHashMap<>();

	private long bytes;

	/**
	 * Create an empty store.
	 * @param lease how long an owner may be silent
	 * @param retention how long a stream is kept when it has ended
	 * @param maxBytes how many bytes all streams together may take
	 */
	public MemoryStreamStore(Duration lease, Duration retention, long maxBytes) {
		this.lease = lease;
		this.retention = retention;
		this.maxBytes = maxBytes;
	}

	@Override
	public boolean isShared() {
		return false;
	}

	@Override
	public Mono<Opening> open(StreamStart start) {
		return Mono.fromSupplier(() -> openNow(start));
	}

	private synchronized Opening openNow(StreamStart start) {
		forgetOld();
		Entry running = this.running.get(start.id());
		if (running != null && running.deadline > now() && !running.stopWanted && !start.replacing()) {
			return Opening.REFUSED;
		}
		if (!makeRoom(FRAME)) {
			throw new IllegalStateException("There is no room for another stream");
		}
		forget(start.id());
		this.bytes += FRAME;
		this.running.put(start.id(), new Entry(start, now(), this.lease.toNanos()));
		// the one before is counted by this instance, late as it may be
		return Opening.OWNED;
	}

	@Override
	public Mono<Ownership> renew(String id, String generation) {
		return Mono.fromSupplier(() -> renewNow(id, generation, null));
	}

	@Override
	public Mono<Ownership> append(String id, String generation, Batch batch) {
		return Mono.fromSupplier(() -> renewNow(id, generation, batch));
	}

	private synchronized Ownership renewNow(String id, String generation, @Nullable Batch batch) {
		Entry entry = this.running.get(id);
		if (entry == null || !entry.belongsTo(generation)) {
			return Ownership.FENCED;
		}
		if (batch != null && batch.last() > entry.last) {
			if (batch.first() > entry.last + 1 || !makeRoom(batch.bytes().length)) {
				return Ownership.FENCED;
			}
			this.bytes += batch.bytes().length;
			entry.add(batch);
		}
		entry.deadline = now() + this.lease.toNanos();
		return entry.stopWanted ? Ownership.STOP : Ownership.OWNED;
	}

	@Override
	public Mono<Void> finish(String id, String generation, StreamState state) {
		return Mono.fromRunnable(() -> finishNow(id, generation, state));
	}

	private synchronized void finishNow(String id, String generation, StreamState state) {
		Entry entry = this.running.get(id);
		if (entry != null && entry.belongsTo(generation)) {
			end(entry, state);
		}
	}

	private void end(Entry entry, StreamState state) {
		entry.state = state;
		entry.deadline = now() + this.retention.toNanos();
		this.running.remove(entry.start.id());
		this.ended.put(entry.start.id(), entry);
	}

	@Override
	public Mono<Slice> read(String id, long after) {
		return Mono.fromSupplier(() -> readNow(id, after));
	}

	private synchronized @Nullable Slice readNow(String id, long after) {
		forgetOld();
		Entry entry = this.running.getOrDefault(id, this.ended.get(id));
		return (entry != null) ? entry.behind(after, now()) : null;
	}

	@Override
	public Mono<Void> stop(String id) {
		return Mono.fromRunnable(() -> stopNow(id));
	}

	private synchronized void stopNow(String id) {
		Entry entry = this.running.get(id);
		if (entry != null) {
			entry.stopWanted = true;
		}
	}

	@Override
	public Mono<LostStream> expire(String id) {
		return Mono.fromSupplier(() -> expireNow(id));
	}

	private synchronized @Nullable LostStream expireNow(String id) {
		Entry entry = this.running.get(id);
		if (entry == null || entry.deadline > now()) {
			return null;
		}
		end(entry, StreamState.LOST);
		return new LostStream(id, entry.start.model(), entry.start.promptTokens(), entry.last);
	}

	@Override
	public Flux<LostStream> sweep() {
		return Flux.defer(() -> Flux.fromIterable(ids()).concatMap(this::expire));
	}

	@Override
	public Flux<RunningStream> running() {
		return Flux.defer(() -> Flux.fromIterable(runningNow()));
	}

	private synchronized List<RunningStream> runningNow() {
		long now = now();
		return this.running.values().stream().limit(MAX_SHOWN).map((entry) -> entry.describe(now)).toList();
	}

	private synchronized List<String> ids() {
		forgetOld();
		return List.copyOf(this.running.keySet());
	}

	/**
	 * Return how many bytes the streams take.
	 * @return the number of bytes
	 */
	public synchronized long bytes() {
		return this.bytes;
	}

	private void forgetOld() {
		long now = now();
		forgetFirstWhile((first) -> first.deadline <= now);
	}

	private boolean makeRoom(long more) {
		forgetFirstWhile((first) -> this.bytes + more > this.maxBytes);
		return this.bytes + more <= this.maxBytes;
	}

	private void forgetFirstWhile(Predicate<Entry> condition) {
		Iterator<Entry> entries = this.ended.values().iterator();
		while (entries.hasNext()) {
			Entry first = entries.next();
			if (!condition.test(first)) {
				return;
			}
			entries.remove();
			this.bytes -= first.bytes + FRAME;
		}
	}

	private void forget(String id) {
		Entry running = this.running.remove(id);
		Entry entry = (running != null) ? running : this.ended.remove(id);
		if (entry != null) {
			this.bytes -= entry.bytes + FRAME;
		}
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	/**
	 * What is kept of one stream.
	 */
	private static final class Entry {

		private final StreamStart start;

		private final long begin;

		private final List<Batch> batches = new ArrayList<>();

		private StreamState state = StreamState.RUNNING;

		private long last;

		private long bytes;

		private boolean stopWanted;

		/** Of the lease, or of the time for which it is kept. */
		private long deadline;

		Entry(StreamStart start, long begin, long lease) {
			this.start = start;
			this.begin = begin;
			this.deadline = begin + lease;
		}

		RunningStream describe(long now) {
			return new RunningStream(this.start.id(), this.start.model(), this.last,
					Duration.ofNanos(now - this.begin));
		}

		boolean belongsTo(String generation) {
			return this.start.generation().equals(generation);
		}

		void add(Batch batch) {
			this.batches.add(batch);
			this.last = batch.last();
			this.bytes += batch.bytes().length;
		}

		Slice behind(long after, long now) {
			boolean ownerGone = this.state == StreamState.RUNNING && this.deadline <= now;
			return new Slice(this.start.generation(), this.state, this.start.owner(), this.last, ownerGone,
					this.batches.stream().filter((batch) -> batch.last() > after).limit(MAX_BATCHES).toList());
		}

	}

}
