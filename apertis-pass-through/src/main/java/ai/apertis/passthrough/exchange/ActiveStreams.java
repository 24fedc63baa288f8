package ai.apertis.passthrough.exchange;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;

/**
 * Active responses, streamed or not. Limits their number, and lets them end before the
 * application does. Safe for use by several threads.
 */
public final class ActiveStreams {

	private static final Duration LAST_WORDS = Duration.ofSeconds(2);

	/** Tomcat takes an exchange for ended just before it writes the last chunk. */
	private static final Duration LAST_CHUNK = Duration.ofMillis(100);

	private final int max;

	private final Map<String, ActiveStream> byId = new ConcurrentHashMap<>();

	private final AtomicInteger count = new AtomicInteger();

	private final AtomicLong ids = new AtomicLong();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition none = this.lock.newCondition();

	private volatile boolean shuttingDown;

	/**
	 * Create an empty set.
	 * @param max how many answers may be under way
	 */
	public ActiveStreams(int max) {
		this.max = max;
	}

	/**
	 * Begin an answer.
	 * @param request the request
	 * @param stop ends the answer, and tells its client why
	 * @return the answer, which must be {@linkplain #end ended}
	 * @throws RefusedException if there are too many, or the application shuts down
	 */
	ActiveStream begin(PassThroughRequest request, Consumer<RefusedException> stop) {
		return begin(request.model(), request.user(), stop);
	}

	/**
	 * Begin a response to a user.
	 * @param model the requested model
	 * @param user the user, {@code null} for an anonymous user
	 * @param stop ends the answer, and tells its client why
	 * @return the answer, which must be {@linkplain #end ended}
	 * @throws RefusedException if there are too many, or the application shuts down
	 */
	ActiveStream begin(String model, @Nullable String user, Consumer<RefusedException> stop) {
		if (this.count.incrementAndGet() > this.max) {
			ended();
			throw tooMany();
		}
		ActiveStream stream = new ActiveStream(Long.toString(this.ids.incrementAndGet()), model, user, Instant.now(),
				stop);
		this.byId.put(stream.id(), stream);
		// after it has been put, or the shutdown could miss it
		if (this.shuttingDown) {
			end(stream);
			throw shuttingDown();
		}
		return stream;
	}

	/**
	 * Return why another answer would be refused now.
	 * @return the refusal, {@code null} if there is room
	 */
	public @Nullable RefusedException refusal() {
		if (this.shuttingDown) {
			return shuttingDown();
		}
		return (this.count.get() >= this.max) ? tooMany() : null;
	}

	private static RefusedException shuttingDown() {
		return RefusedException.of(503, "server_shutdown", "The application is shutting down: please try again")
			.withRetryAfter(Duration.ofSeconds(1));
	}

	private static RefusedException tooMany() {
		return RefusedException.tooMany("too_many_streams",
				"The application has too many answers under way: please try again", Duration.ofSeconds(1));
	}

	/**
	 * Accept new answers, also after a shutdown.
	 */
	public void open() {
		this.shuttingDown = false;
	}

	void end(ActiveStream stream) {
		if (this.byId.remove(stream.id(), stream)) {
			ended();
		}
	}

	private void ended() {
		if (this.count.decrementAndGet() == 0 && this.shuttingDown) {
			this.lock.lock();
			try {
				this.none.signalAll();
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/**
	 * Return how many answers are under way.
	 * @return the number
	 */
	public int count() {
		return this.count.get();
	}

	/**
	 * Return how many answers may be under way.
	 * @return the number
	 */
	public int max() {
		return this.max;
	}

	/**
	 * Return the answers that are under way.
	 * @return the answers, in no order
	 */
	public List<ActiveStream> all() {
		return List.copyOf(this.byId.values());
	}

	/**
	 * Find an answer that is under way.
	 * @param id its id
	 * @return the answer, empty if there is none, or not any more
	 */
	public Optional<ActiveStream> find(String id) {
		return Optional.ofNullable(this.byId.get(id));
	}

	/**
	 * Refuse new answers from now on, and wait for those that are under way. Those that
	 * take longer than they may are told so, and ended. Blocks until all have ended.
	 * @param grace how long they may take
	 */
	public void shutDown(Duration grace) {
		this.shuttingDown = true;
		if (count() == 0) {
			return;
		}
		if (!awaitNone(grace)) {
			all().forEach((stream) -> stream.stop(shuttingDown()));
			awaitNone(LAST_WORDS);
		}
		pause(LAST_CHUNK);
	}

	private static void pause(Duration duration) {
		try {
			Thread.sleep(duration.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private boolean awaitNone(Duration timeout) {
		long left = timeout.toNanos();
		this.lock.lock();
		try {
			while (count() > 0 && left > 0) {
				left = this.none.awaitNanos(left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lock.unlock();
		}
		return count() == 0;
	}

	/**
	 * An answer that is under way.
	 */
	public static final class ActiveStream {

		private final String id;

		private final String model;

		private final @Nullable String user;

		private final Instant start;

		private final Consumer<RefusedException> stop;

		ActiveStream(String id, String model, @Nullable String user, Instant start, Consumer<RefusedException> stop) {
			this.id = id;
			this.model = model;
			this.user = user;
			this.start = start;
			this.stop = stop;
		}

		/**
		 * Return the answer's id.
		 * @return the id, unique as long as the application runs
		 */
		public String id() {
			return this.id;
		}

		/**
		 * Return the requested model.
		 * @return the model's id, as the request names it
		 */
		public String model() {
			return this.model;
		}

		/**
		 * Return the user who has asked.
		 * @return the user's name, {@code null} for an anonymous user
		 */
		public @Nullable String user() {
			return this.user;
		}

		/**
		 * Return when the response was requested.
		 * @return the instant
		 */
		public Instant start() {
			return this.start;
		}

		/**
		 * End the answer. Does nothing if it has ended.
		 * @param reason what to tell its client
		 */
		public void stop(RefusedException reason) {
			this.stop.accept(reason);
		}

	}

}
