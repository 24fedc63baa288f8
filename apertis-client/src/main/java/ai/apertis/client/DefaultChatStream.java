package ai.apertis.client;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.stream.EventStream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import tools.jackson.databind.JsonNode;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * Default {@link ChatStream}. Buffers are handed from the thread of the HTTP client to
 * the iterating thread, which reads them itself: one hand-over for all that has come, not
 * one per chunk, and no work on the event loop, which takes the lock only to wake up a
 * waiting reader.
 */
final class DefaultChatStream extends BaseSubscriber<DataBuffer> implements ChatStream, Iterator<ChatCompletionChunk> {

	private static final int WINDOW = 64;

	/** Some microseconds: a fraction of what it costs to let the thread sleep. */
	private static final int SPINS = 64;

	/** The most buffers that wait to be read: two threads take turns less often so. */
	private final int window;

	/** Guards what has no other guard. Never held while waiting for the gateway. */
	private final ReentrantLock lock = new ReentrantLock();

	private final Condition arrived = this.lock.newCondition();

	private final EventStream events;

	private final ChunkCollector chunks;

	/** Completed by the listener of the stream. */
	private final CompletableFuture<ResponseMetadata> metadata;

	private final Queue<DataBuffer> incoming = new ConcurrentLinkedQueue<>();

	private volatile boolean waiting;

	private volatile boolean bodyEnded;

	private volatile @Nullable Throwable bodyFailure;

	/** Nothing more is read. */
	private volatile boolean ended;

	/** Buffers that were requested and not yet read. */
	private int outstanding = 1;

	private @Nullable ChatCompletionChunk next;

	/**
	 * Create a stream.
	 * @param contentIsTimed whether chunks must come in time, which are counted when they
	 * are read, so that none may wait unread while the clock runs
	 */
	DefaultChatStream(EventStream events, ChunkCollector chunks, CompletableFuture<ResponseMetadata> metadata,
			boolean contentIsTimed) {
		this.window = contentIsTimed ? 1 : WINDOW;
		this.events = events;
		this.chunks = chunks;
		this.metadata = metadata;
	}

	@Override
	protected void hookOnSubscribe(Subscription subscription) {
		// the rest when this one is read: until then, it is not known that the answer has
		// begun
		subscription.request(1);
	}

	@Override
	protected void hookOnNext(DataBuffer buffer) {
		this.incoming.add(buffer);
		if (this.ended) {
			cancel();
			releaseIncoming();
		}
		else {
			wakeUp();
		}
	}

	@Override
	protected void hookOnComplete() {
		bodyEnded(null);
	}

	@Override
	protected void hookOnError(Throwable failure) {
		bodyEnded(failure);
	}

	private void bodyEnded(@Nullable Throwable failure) {
		this.bodyFailure = failure;
		this.bodyEnded = true;
		wakeUp();
	}

	private void wakeUp() {
		if (this.waiting) {
			this.lock.lock();
			try {
				this.arrived.signal();
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	private void releaseIncoming() {
		for (DataBuffer buffer = this.incoming.poll(); buffer != null; buffer = this.incoming.poll()) {
			DataBufferUtils.release(buffer);
		}
	}

	@Override
	public Iterator<ChatCompletionChunk> iterator() {
		return this;
	}

	@Override
	public boolean hasNext() {
		this.lock.lock();
		try {
			while (this.next == null) {
				this.next = this.chunks.next(this.events);
				if (this.next == null) {
					if (this.events.outcome() != null) {
						return ended();
					}
					takeMore();
				}
			}
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The body of a whole answer is left to end by itself, as it is about to: its
	 * connection can then serve the next call. Whatever else comes closes it, and so does
	 * silence.
	 */
	private boolean ended() {
		ApertisException failure = this.events.failure();
		if (!this.ended) {
			this.ended = true;
			if (failure != null || !this.incoming.isEmpty()) {
				cancel();
			}
			else if (!this.bodyEnded) {
				request(1);
			}
			releaseIncoming();
		}
		if (failure != null) {
			throw failure;
		}
		return false;
	}

	private void takeMore() {
		requestMore();
		DataBuffer buffer = this.incoming.poll();
		if (buffer == null) {
			buffer = awaitMore();
		}
		if (buffer != null) {
			this.outstanding--;
			this.events.append(buffer);
		}
		else if (this.bodyFailure != null) {
			this.events.bodyFailed(this.bodyFailure);
		}
		else if (this.bodyEnded) {
			this.events.bodyEnded();
		}
	}

	private void requestMore() {
		int wanted = this.events.hasBegun() ? this.window : 1;
		if (this.outstanding <= wanted / 2) {
			request(wanted - this.outstanding);
			this.outstanding = wanted;
		}
	}

	private @Nullable DataBuffer awaitMore() {
		// as a rule several buffers come at once
		for (int i = 0; i < SPINS && this.incoming.isEmpty() && !this.bodyEnded; i++) {
			Thread.onSpinWait();
		}
		this.waiting = true;
		try {
			while (this.incoming.isEmpty() && !this.bodyEnded && this.events.outcome() == null) {
				await();
			}
		}
		finally {
			this.waiting = false;
		}
		return this.incoming.poll();
	}

	private void await() {
		try {
			this.arrived.await();
		}
		catch (InterruptedException ex) {
			close();
			Thread.currentThread().interrupt();
			CancellationException cancelled = new CancellationException(
					"The thread was interrupted while it waited for a chunk; the stream is closed");
			cancelled.initCause(ex);
			throw cancelled;
		}
	}

	@Override
	public ChatCompletionChunk next() {
		this.lock.lock();
		try {
			ChatCompletionChunk chunk = hasNext() ? this.next : null;
			if (chunk == null) {
				throw new NoSuchElementException("The stream has ended");
			}
			this.next = null;
			return chunk;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public ResponseMetadata metadata() {
		// the answer has begun with the first chunk, or has failed
		hasNext();
		ResponseMetadata known = this.metadata.getNow(null);
		if (known == null) {
			throw new IllegalStateException("The stream was closed before its answer began");
		}
		return known;
	}

	@Override
	public Optional<Usage> usage() {
		this.lock.lock();
		try {
			JsonNode usage = this.events.summary().usage();
			return Optional.ofNullable(usage).map(Usage::of);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public ChatCompletion completion() {
		this.lock.lock();
		try {
			return this.chunks.completion();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public Optional<Outcome> outcome() {
		this.lock.lock();
		try {
			return Optional.ofNullable(this.events.outcome());
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close() {
		this.lock.lock();
		try {
			if (this.events.outcome() == null) {
				cancel();
				this.events.cancel();
			}
			this.next = null;
			this.ended = true;
			releaseIncoming();
			this.arrived.signal();
		}
		finally {
			this.lock.unlock();
		}
	}

}
