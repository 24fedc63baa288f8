package ai.apertis.passthrough.limit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

import ai.apertis.passthrough.Spending;
import ai.apertis.passthrough.UserLimits;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A user's permit, what its calls have reserved, and the memory of the request. All are
 * released when the client has its response or is gone, but not before a drained stream
 * has ended.
 */
public final class HeldPermit {

	private static final Log logger = LogFactory.getLog(HeldPermit.class);

	private final UserLimits.Permit permit;

	private final RequestMemory.Held memory;

	private final List<CallBudget> budgets = new CopyOnWriteArrayList<>();

	private volatile Mono<Void> needless = Mono.empty();

	/**
	 * Create a permit.
	 * @param permit the user's permit
	 * @param memory what the request takes in memory
	 */
	public HeldPermit(UserLimits.Permit permit, RequestMemory.Held memory) {
		this.permit = permit;
		this.memory = memory;
	}

	/**
	 * Return what the request takes in memory, given back with the permit.
	 * @return the memory
	 */
	public RequestMemory.Held memory() {
		return this.memory;
	}

	/**
	 * Keep the permit as long as there is something that needs it.
	 * @param needless completes when that is over
	 */
	public void keepUntil(Mono<Void> needless) {
		this.needless = needless;
	}

	/**
	 * Reserve what a call may cost. Also if nobody waits for it any more, it is given
	 * back.
	 */
	Mono<CallBudget> reserve(Spending spending, Function<UserLimits.Reservation, CallBudget> budget) {
		Mono<CallBudget> reserved = this.permit.reserve(spending).map(budget).doOnNext(this.budgets::add).cache();
		return reserved.doOnCancel(() -> reserved.flatMap(CallBudget::giveBack)
			.subscribe(null, (failure) -> logger.debug("Nothing was reserved for a client that has gone", failure)));
	}

	/**
	 * Give everything back, when nothing needs it any more.
	 * @return completes when that is done, and never fails
	 */
	public Mono<Void> release() {
		return Mono.defer(() -> this.needless.then(Mono.defer(() -> {
			this.memory.close();
			return Flux.fromIterable(this.budgets)
				.concatMap((budget) -> logged(budget.giveBack()))
				.then(logged(this.permit.release()));
		})));
	}

	/**
	 * The answer is whole all the same.
	 */
	private static Mono<Void> logged(Mono<Void> release) {
		return release.onErrorResume((problem) -> {
			logger.error("What a request holds could not be given back", problem);
			return Mono.empty();
		});
	}

}
