package ai.apertis.client.observation;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

import ai.apertis.client.metadata.ResponseMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Current activity: the active calls, the last failures, and the rate limit as reported
 * by the gateway. Safe for use by several threads.
 */
public final class CallActivity {

	private static final int MAX_FAILURES = 20;

	private final Set<ActiveCall> active = ConcurrentHashMap.newKeySet();

	private final AtomicReference<Optional<RateLimitState>> rateLimit = new AtomicReference<>(Optional.empty());

	private final Deque<ObservedFailure> failures = new ArrayDeque<>();

	CallActivity() {
	}

	/**
	 * Return how many calls are under way.
	 * @return the number of calls
	 */
	public int active() {
		return this.active.size();
	}

	/**
	 * Return the calls that are under way.
	 * @return the calls, the oldest first
	 */
	public List<ActiveCall> activeCalls() {
		return this.active.stream().sorted(Comparator.comparing(ActiveCall::start)).toList();
	}

	/**
	 * Return what the gateway has told last of its rate limit.
	 * @return the state, empty if it has told nothing yet
	 */
	public Optional<RateLimitState> rateLimit() {
		return this.rateLimit.get();
	}

	/**
	 * Return the calls that failed last.
	 * @return the failures, the newest first
	 */
	public List<ObservedFailure> lastFailures() {
		synchronized (this.failures) {
			return List.copyOf(this.failures);
		}
	}

	ActiveCall started(ObservedRequest request) {
		ActiveCall call = new ActiveCall(request.model(), request.streaming(), Instant.now());
		this.active.add(call);
		return call;
	}

	void ended(ActiveCall call) {
		this.active.remove(call);
	}

	void recordLimits(ResponseMetadata metadata) {
		RateLimitState state = RateLimitState.of(metadata);
		if (state != null) {
			this.rateLimit.set(Optional.of(state));
		}
	}

	void failed(ObservedFailure failure) {
		synchronized (this.failures) {
			this.failures.addFirst(failure);
			if (this.failures.size() > MAX_FAILURES) {
				this.failures.removeLast();
			}
		}
	}

	/**
	 * A call that is under way. Equal to itself only.
	 */
	public static final class ActiveCall {

		private final @Nullable String model;

		private final boolean streaming;

		private final Instant start;

		ActiveCall(@Nullable String model, boolean streaming, Instant start) {
			this.model = model;
			this.streaming = streaming;
			this.start = start;
		}

		/**
		 * Return the requested model.
		 * @return the model's id as the request names it, {@code null} if it names none
		 */
		public @Nullable String model() {
			return this.model;
		}

		/**
		 * Return whether the answer is streamed.
		 * @return whether it is
		 */
		public boolean isStreaming() {
			return this.streaming;
		}

		/**
		 * Return when the call began.
		 * @return the instant
		 */
		public Instant start() {
			return this.start;
		}

	}

}
