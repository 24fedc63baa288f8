package ai.apertis.passthrough.resume;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.NothingToDeliverException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

import org.springframework.http.HttpHeaders;

/**
 * The streams that can be resumed: decides which are stored, finds those that somebody
 * resumes or stops, and notices those whose owner has gone. Safe for use by several
 * threads.
 */
public final class ResumableStreams implements AutoCloseable {

	/** Request header that asks for a stream that can be resumed. */
	public static final String REQUEST_HEADER = "Apertis-Stream";

	/** Response header with the stream's id. */
	public static final String ID_HEADER = "Apertis-Stream-Id";

	private static final Log logger = LogFactory.getLog(ResumableStreams.class);

	private static final int ID_BYTES = 16;

	private static final int MAX_ID_LENGTH = 64;

	private static final int MAX_CURSOR_DIGITS = 18;

	/** How long an answer waits for the store, so that its head can tell the id. */
	private static final Duration MOMENT = Duration.ofMillis(500);

	private static final int READ_RETRIES = 5;

	/** How many looks for owners that have gone a lease is made of. */
	private static final int LOOKS = 4;

	private final StreamStore store;

	private final ResumeSettings settings;

	private final ResumeCounts counts;

	private final SecureRandom random = new SecureRandom();

	private final AtomicLong waiting = new AtomicLong();

	/** Those of this instance, by their ids. */
	private final Map<String, Recording> recordings = new ConcurrentHashMap<>();

	private final Disposable.Swap sweeper = Disposables.swap();

	/**
	 * While the store was away nobody could renew a lease: for as long as a lease takes
	 * nobody is taken for gone.
	 */
	private volatile long trustedFrom;

	private volatile long slowUntil = now();

	private volatile Consumer<LostStream> onLost = (stream) -> {
	};

	/**
	 * Create the streams of one application.
	 * @param store keeps them
	 * @param settings how
	 * @param listener is told of what happens
	 */
	public ResumableStreams(StreamStore store, ResumeSettings settings, PassThroughEvents listener) {
		this.store = store;
		this.settings = settings;
		this.counts = new ResumeCounts(listener);
		this.trustedFrom = now() + settings.lease().toNanos();
	}

	/**
	 * Begin to look for streams whose owners have gone.
	 * @param lost takes each that nobody else has taken, to count it
	 */
	public void start(Consumer<LostStream> lost) {
		this.onLost = lost;
		// the first connection takes its time, which no answer has to wait for
		this.store.read("", Long.MAX_VALUE)
			.timeout(this.settings.storeTimeout())
			.subscribe(null, (failure) -> logger.warn("The store of streams is not available: " + failure));
		Duration interval = this.settings.lease().dividedBy(LOOKS);
		this.sweeper.update(Flux.interval(interval)
			.onBackpressureDrop()
			.concatMap((tick) -> look().timeout(this.settings.lease()).doOnNext(this::lost).onErrorResume((failure) -> {
				this.trustedFrom = now() + this.settings.lease().toNanos();
				logger.debug("Nobody can be looked for", failure);
				return Flux.empty();
			}), 1)
			.subscribe());
	}

	/**
	 * After the store was away all owners have a lease's time to renew theirs, counted
	 * from when it was away last.
	 */
	private Flux<LostStream> look() {
		return (now() >= this.trustedFrom) ? this.store.sweep()
				: this.store.read("", Long.MAX_VALUE).thenMany(Flux.empty());
	}

	private void lost(LostStream stream) {
		if (!this.store.isShared()) {
			// it is this instance that was silent, and counts it
			return;
		}
		this.counts.ownerLost();
		try {
			this.onLost.accept(stream);
		}
		catch (RuntimeException ex) {
			logger.error("A stream whose owner has gone cannot be counted", ex);
		}
	}

	@Override
	public void close() {
		this.sweeper.dispose();
	}

	/**
	 * Return what this instance has done.
	 * @return the counts since it was started
	 */
	public ResumeActivity activity() {
		return this.counts.activity(this.waiting.get());
	}

	/**
	 * Tell which streams run, at whichever instance.
	 * @return the streams, not all if there are many; fails if the store is not available
	 */
	public Flux<RunningStream> running() {
		return this.store.running().timeout(this.settings.storeTimeout());
	}

	/**
	 * Begin to store a stream, if it is to be.
	 * @param request the request that it answers
	 * @param promptTokens estimates the tokens of the prompt
	 * @return the recording; empty if it is not to be stored. The store is waited for
	 * only for a moment, and not at all if it was slow shortly before
	 */
	public Mono<Recording> record(PassThroughRequest request, LongSupplier promptTokens) {
		String wanted = request.caller().headers().getFirst(REQUEST_HEADER);
		boolean asked = switch (this.settings.mode()) {
			case NONE -> false;
			case ON_REQUEST -> has(wanted, "resumable");
			case ALL -> true;
		};
		if (!asked || (request.user() == null && !this.settings.anonymous())) {
			return Mono.empty();
		}
		Recording recording = remember(recording(newId(), request, promptTokens, false, true, has(wanted, "ids")));
		Mono<Boolean> opened = begin(recording);
		return isStoreSlow() ? Mono.just(recording)
				: opened.onErrorReturn(false)
					.timeout(MOMENT, slow())
					.thenReturn(recording)
					.doOnCancel(recording::close);
	}

	/**
	 * Begin to store the stream of a conversation.
	 * @param conversation the conversation's id, as its page gives it
	 * @param request the request that the stream answers
	 * @param promptTokens estimates the tokens of the prompt
	 * @return the recording; empty if it is not to be stored, or the store is not
	 * available. Fails with a {@link RefusedException} if another stream of the
	 * conversation runs
	 */
	public Mono<Recording> recordConversation(String conversation, PassThroughRequest request,
			LongSupplier promptTokens) {
		if ((request.user() == null && !this.settings.anonymous()) || isStoreSlow()) {
			return Mono.empty();
		}
		Recording recording = recording(idOf(request.user(), conversation), request, promptTokens,
				this.settings.replacing(), false, false);
		return begin(recording).doOnCancel(recording::close)
			.onErrorResume((failure) -> Mono.empty())
			.flatMap((mine) -> mine ? Mono.just(remember(recording))
					: Mono.error(RefusedException.of(409, "conversation_busy",
							"An answer of this conversation is still under way: please wait, or stop it")));
	}

	/**
	 * Whoever does not wait any more has begun it all the same.
	 */
	private Mono<Boolean> begin(Recording recording) {
		Mono<Boolean> opened = recording.open(this::replaced).doOnError((failure) -> storeIsSlow()).cache();
		opened.subscribe(null, (failure) -> {
			// it is not kept then, and the store's trouble has been logged
		});
		return opened;
	}

	/**
	 * A stream whose owner had gone, and nobody had noticed.
	 */
	private void replaced(LostStream stream) {
		if (now() >= this.trustedFrom) {
			lost(stream);
		}
	}

	private Mono<Boolean> slow() {
		return Mono.fromSupplier(() -> {
			storeIsSlow();
			return false;
		});
	}

	private void storeIsSlow() {
		this.slowUntil = now() + this.settings.lease().toNanos();
	}

	private boolean isStoreSlow() {
		return now() < this.slowUntil;
	}

	/**
	 * Remember a recording for as long as it can be stopped.
	 */
	private Recording remember(Recording recording) {
		this.recordings.put(recording.id(), recording);
		recording.over().subscribe(null, null, () -> this.recordings.remove(recording.id(), recording));
		return recording;
	}

	private Recording recording(String id, PassThroughRequest request, LongSupplier promptTokens, boolean replacing,
			boolean named, boolean numbered) {
		StreamStart start = new StreamStart(id, newId(), owner(request.user()), request.model(), 0, replacing);
		return new Recording(start, named, numbered, this.store, this.settings, this.counts, this.waiting,
				promptTokens);
	}

	private static boolean has(@Nullable String header, String word) {
		return header != null
				&& Arrays.stream(header.split(",")).anyMatch((part) -> part.strip().equalsIgnoreCase(word));
	}

	/**
	 * Find a stream to resume.
	 * @param user who asks, {@code null} for an anonymous user
	 * @param id the stream's id
	 * @param cursor the number of the last event that is known, as it was sent;
	 * {@code null} for none
	 * @return the stream. Fails with a {@link RefusedException} if there is none for this
	 * user, or the cursor is none; or if there is nothing behind the cursor
	 */
	public Mono<ResumedStream> find(@Nullable String user, String id, @Nullable String cursor) {
		return Mono.defer(() -> {
			long after = position(cursor);
			return readable(user, id).switchIfEmpty(Mono.error(ResumableStreams::unknown)).flatMap((slice) -> {
				boolean ended = slice.state() != StreamState.RUNNING;
				if (ended && after > slice.last() && slice.state() != StreamState.LOST) {
					return Mono.error(invalid("The stream has no event " + after));
				}
				return (ended && after == slice.last() && slice.state() != StreamState.LOST)
						? Mono.error(new NothingToDeliverException()) : Mono.just(resumed(id, slice, after, true));
			});
		});
	}

	/**
	 * Find the stream of a conversation, from its beginning.
	 * @param user who asks, {@code null} for an anonymous user
	 * @param conversation the conversation's id, as its page gives it
	 * @return the stream; fails if there is nothing to resume
	 */
	public Mono<ResumedStream> findConversation(@Nullable String user, String conversation) {
		return Mono.defer(() -> {
			String id = idOf(user, conversation);
			return readable(user, id).filter((slice) -> slice.state() == StreamState.RUNNING)
				.switchIfEmpty(Mono.error(NothingToDeliverException::new))
				.map((slice) -> resumed(id, slice, 0, false));
		});
	}

	private ResumedStream resumed(String id, Slice slice, long after, boolean numbered) {
		this.counts.resumed();
		return new ResumedStream((position) -> read(id, position), slice.generation(), after, numbered);
	}

	/**
	 * Stop a stream, whichever instance has it.
	 * @param user who asks, {@code null} for an anonymous user
	 * @param id the stream's id
	 * @return completes if the stream has ended already, too. Fails with a
	 * {@link RefusedException} if there is none for this user
	 */
	public Mono<Void> stop(@Nullable String user, String id) {
		return readable(user, id).switchIfEmpty(Mono.error(ResumableStreams::unknown)).flatMap((slice) -> stopNow(id));
	}

	/**
	 * Stop the stream of a conversation.
	 * @param user who asks, {@code null} for an anonymous user
	 * @param conversation the conversation's id, as its page gives it
	 * @return completes also if there is none
	 */
	public Mono<Void> stopConversation(@Nullable String user, String conversation) {
		return Mono.defer(() -> stopNow(idOf(user, conversation)));
	}

	/**
	 * Stop a stream of whichever user, at whichever instance.
	 * @param id the stream's id
	 * @return whether there is one that runs
	 */
	public Mono<Boolean> stopAny(String id) {
		return this.store.read(id, Long.MAX_VALUE)
			.timeout(this.settings.storeTimeout())
			.filter((slice) -> slice.state() == StreamState.RUNNING)
			.flatMap((slice) -> stopNow(id).thenReturn(true))
			.defaultIfEmpty(false);
	}

	/**
	 * An owner elsewhere learns it when it stores something next.
	 */
	private Mono<Void> stopNow(String id) {
		return this.store.stop(id).timeout(this.settings.storeTimeout()).then(Mono.fromRunnable(() -> {
			Recording recording = this.recordings.get(id);
			if (recording != null) {
				recording.stop();
			}
		}));
	}

	/**
	 * Whoever may not know of a stream is not told that there is one.
	 */
	private Mono<Slice> readable(@Nullable String user, String id) {
		if (id.isEmpty() || id.length() > MAX_ID_LENGTH || (user == null && !this.settings.anonymous())) {
			return Mono.empty();
		}
		byte[] owner = owner(user).getBytes(StandardCharsets.UTF_8);
		return read(id, Long.MAX_VALUE)
			.filter((slice) -> MessageDigest.isEqual(owner, slice.owner().getBytes(StandardCharsets.UTF_8)));
	}

	/**
	 * A reader never waits for a store that is away for longer than a few attempts.
	 */
	private Mono<Slice> read(String id, long after) {
		return this.store.read(id, after)
			.timeout(this.settings.storeTimeout())
			.retryWhen(Retry.backoff(READ_RETRIES, Duration.ofMillis(100)).maxBackoff(Duration.ofSeconds(2)))
			.onErrorMap((failure) -> RefusedException
				.of(503, "stream_store_unavailable", "The answer cannot be read at the moment: please try again")
				.withRetryAfter(Duration.ofSeconds(1)))
			.flatMap((slice) -> slice.ownerGone() ? expired(id, slice, after) : Mono.just(slice));
	}

	private Mono<Slice> expired(String id, Slice slice, long after) {
		if (now() < this.trustedFrom) {
			return Mono.just(slice);
		}
		return this.store.expire(id)
			.timeout(this.settings.storeTimeout())
			.doOnNext(this::lost)
			.onErrorResume((failure) -> Mono.empty())
			.then(this.store.read(id, after).timeout(this.settings.storeTimeout()))
			.onErrorReturn(slice);
	}

	private static RefusedException unknown() {
		return RefusedException.of(404, "stream_not_found", "There is no such stream, or not any more");
	}

	private static RefusedException invalid(String message) {
		return RefusedException.of(400, "invalid_cursor", message);
	}

	private static long position(@Nullable String cursor) {
		if (cursor == null || cursor.isEmpty()) {
			return 0;
		}
		if (cursor.length() > MAX_CURSOR_DIGITS || !cursor.chars().allMatch((c) -> c >= '0' && c <= '9')) {
			throw invalid("The position in the stream must be the number of an event");
		}
		return Long.parseLong(cursor);
	}

	private String newId() {
		byte[] bytes = new byte[ID_BYTES];
		this.random.nextBytes(bytes);
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	private static String owner(@Nullable String user) {
		return (user != null) ? hash("user\n" + user) : "";
	}

	/**
	 * Of whatever length it is given, and of nobody else.
	 */
	private static String idOf(@Nullable String user, String conversation) {
		return hash(owner(user) + "\nconversation\n" + conversation);
	}

	private static String hash(String text) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
			return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	/**
	 * Return the position that a request to resume names.
	 * @param headers the request's headers
	 * @param startingAfter the parameter of this name, {@code null} if there is none
	 * @return the position as it was sent, {@code null} if there is none
	 */
	public static @Nullable String cursor(HttpHeaders headers, @Nullable String startingAfter) {
		String lastEventId = headers.getFirst("Last-Event-ID");
		return (lastEventId != null) ? lastEventId : startingAfter;
	}

}
