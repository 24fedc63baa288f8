package ai.apertis.passthrough.limit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.UserLimits;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What one call has reserved. More is reserved ahead while its stream runs, beside the
 * tokens; when no more is to be had and what was reserved has come, the stream is ended.
 * Used by the thread that reads the stream, and that of the store.
 */
public final class CallBudget {

	private static final Log logger = LogFactory.getLog(CallBudget.class);

	/** What a model that says nothing may be thinking, from when on. */
	private static final int TOKENS_A_SECOND = 50;

	private static final long SILENCE = TimeUnit.SECONDS.toNanos(10);

	private static final int UNAVAILABLE = 503;

	private static final Duration LOOK = Duration.ofSeconds(5);

	/** How far an estimate may be beyond the ceiling of an answer that keeps it. */
	private static final int TOLERANCE = 8;

	private final UserLimits.Reservation reservation;

	private final long promptTokens;

	private final long slice;

	private final long ceiling;

	private final Disposable.Swap timer = Disposables.swap();

	private final AtomicBoolean settled = new AtomicBoolean();

	private volatile Consumer<RefusedException> onRefusal = (refusal) -> {
	};

	private volatile long granted;

	/** At how many tokens something is to be done. */
	private volatile long mark;

	private volatile boolean asking;

	/** Why there is no more. */
	private volatile @Nullable RefusedException refusal;

	/** What attempts before have cost. */
	private volatile long before;

	/** What has come of the attempt of now, as far as the timer may see it. */
	private final AtomicLong come = new AtomicLong();

	private volatile long thought;

	private volatile boolean sent;

	private volatile boolean whole;

	// the rest belongs to the timer

	private long seen;

	private long heard;

	private long thoughtBefore;

	/**
	 * Create a budget.
	 * @param reservation what is reserved at first
	 * @param promptTokens the estimated tokens of the prompt
	 * @param slice how many tokens are reserved at a time
	 * @param ceiling the maximum number of output tokens that the answer can have
	 */
	CallBudget(UserLimits.Reservation reservation, long promptTokens, long slice, long ceiling) {
		this.reservation = reservation;
		this.promptTokens = promptTokens;
		this.slice = slice;
		this.ceiling = ceiling;
		this.granted = reservation.granted();
		this.mark = mark(this.granted / 2);
	}

	/**
	 * Nobody asks ahead of the end of an answer, but a model may not know of it.
	 */
	private long mark(long ahead) {
		return (this.granted == this.ceiling) ? this.granted + this.granted / TOLERANCE + TOLERANCE
				: this.granted - ahead;
	}

	/**
	 * Return how many output tokens are reserved.
	 * @return the number of tokens
	 */
	public long granted() {
		return this.granted;
	}

	/**
	 * Return how much of its budgets is used and reserved, as far as that is known.
	 * @return the uses
	 */
	List<LimitUse> uses() {
		return this.reservation.uses();
	}

	/**
	 * Return the estimated tokens of the prompt.
	 * @return the number of tokens
	 */
	public long promptTokens() {
		return this.promptTokens;
	}

	/**
	 * Begin to watch a stream.
	 * @param onRefusal ends the stream, and tells its client why
	 */
	public void watch(Consumer<RefusedException> onRefusal) {
		this.onRefusal = onRefusal;
		this.heard = now();
		this.timer.update(Schedulers.parallel()
			.schedulePeriodically(this::think, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS));
	}

	/**
	 * Begin to watch a response that is not streamed.
	 * @param onRefusal ends the call, and tells its client why
	 */
	public void watchWhole(Consumer<RefusedException> onRefusal) {
		this.onRefusal = onRefusal;
		this.whole = true;
	}

	/**
	 * A model may think without telling, before it says something and between, and is
	 * paid for it.
	 */
	private void think() {
		long tokens = this.come.get();
		long now = now();
		if (tokens != this.seen) {
			this.seen = tokens;
			this.heard = now;
			this.thoughtBefore = this.thought;
			return;
		}
		long silent = now - this.heard - SILENCE;
		if (silent > 0) {
			this.thought = Math.min(this.ceiling,
					this.thoughtBefore + TOKENS_A_SECOND * TimeUnit.NANOSECONDS.toSeconds(silent));
			look(this.before + tokens + this.thought);
		}
	}

	/**
	 * The call is about to be sent: it is charged when it has ended.
	 */
	public void sent() {
		this.sent = true;
	}

	/**
	 * An attempt has failed that is paid for, and there will be another one.
	 * @param tokens the output tokens that had come
	 */
	public void retried(long tokens) {
		this.before += this.promptTokens + tokens;
		this.come.lazySet(0);
		if (this.whole) {
			ask(this.before, this.ceiling);
		}
		else {
			look(this.before + this.thought);
		}
	}

	/**
	 * Something has come. Costs next to nothing, as it is called for each event.
	 * @param tokens the output tokens that have come so far
	 */
	public void spent(long tokens) {
		this.come.lazySet(tokens);
		long all = this.before + tokens + this.thought;
		if (all >= this.mark) {
			look(all);
		}
	}

	private synchronized void look(long tokens) {
		if (tokens < this.mark || this.settled.get()) {
			return;
		}
		RefusedException refusal = this.refusal;
		if (this.asking || (refusal != null && tokens >= this.granted)) {
			// nobody has answered for as long as another slice takes, or there is no more
			end((refusal != null) ? refusal : unavailable());
			return;
		}
		ask(tokens, (this.granted < this.ceiling) ? Math.min(this.slice, this.ceiling - this.granted) : this.slice);
	}

	private synchronized void ask(long tokens, long wanted) {
		this.asking = true;
		this.mark = Math.max(this.granted, tokens) + this.slice;
		this.reservation.extend(tokens, wanted)
			.subscribe((more) -> extended(tokens, more), (failure) -> refused(failure, tokens));
	}

	/**
	 * What had come beyond what was reserved is spent now, and reserved no more.
	 */
	private synchronized void extended(long tokens, long more) {
		this.granted = Math.max(this.granted, tokens) + more;
		// half of it ahead
		this.mark = mark(more / 2);
		this.asking = false;
	}

	/**
	 * What was reserved is there to be used, and a store that is away may be back by
	 * then.
	 */
	private synchronized void refused(Throwable failure, long tokens) {
		RefusedException refusal = (failure instanceof RefusedException refused) ? refused : unavailable();
		long rest = (refusal.status() == UNAVAILABLE) ? (this.granted - tokens) / 2 : 0;
		if (rest <= 0) {
			this.refusal = refusal;
		}
		this.mark = this.granted - Math.max(0, rest);
		this.asking = false;
		if (this.whole && this.refusal != null) {
			end(this.refusal);
		}
	}

	private void end(RefusedException refusal) {
		this.mark = Long.MAX_VALUE;
		this.onRefusal.accept(refusal);
	}

	/**
	 * Tell that nobody knows how much there is.
	 * @return the refusal
	 */
	public static RefusedException unavailable() {
		return RefusedException
			.of(UNAVAILABLE, "limits_unavailable", "Your limits cannot be looked up at the moment: please try again")
			.withRetryAfter(Duration.ofSeconds(1));
	}

	/**
	 * The call has ended.
	 * @param tokens what it has cost, in tokens of the prompt and of the answer
	 * @param cost the same in billionths of the currency of the prices
	 */
	public void settle(long tokens, long cost) {
		this.timer.dispose();
		if (this.settled.compareAndSet(false, true)) {
			this.reservation.settle(tokens, cost)
				.subscribe(null, (problem) -> logger.error("What a call has cost could not be counted", problem));
		}
	}

	/**
	 * Return how many tokens a model has been thinking about as far as nothing else is
	 * known.
	 * @return the number of tokens
	 */
	public long thought() {
		return this.thought;
	}

	/**
	 * Give back what is reserved for a call that was never made.
	 * @return completes when that is done
	 */
	Mono<Void> giveBack() {
		if (this.sent) {
			return Mono.empty();
		}
		this.timer.dispose();
		return this.settled.compareAndSet(false, true) ? this.reservation.settle(0, 0) : Mono.empty();
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

}
