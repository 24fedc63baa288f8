package ai.apertis.passthrough.limit;

import ai.apertis.passthrough.UserLimits;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;

/**
 * A user's permit, and the memory of the request. Both are released when the client has
 * its response or is gone, but not before a drained stream has ended.
 */
public final class HeldPermit {

	private static final Log logger = LogFactory.getLog(HeldPermit.class);

	private final UserLimits.Permit permit;

	private final RequestMemory.Held memory;

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
	 * Give everything back, when nothing needs it any more.
	 * @return completes when that is done, and never fails
	 */
	public Mono<Void> release() {
		return Mono.defer(() -> this.needless.then(Mono.defer(() -> {
			this.memory.close();
			return this.permit.release();
		}))).onErrorResume((problem) -> {
			// the answer is whole all the same
			logger.error("A user's permit could not be released", problem);
			return Mono.empty();
		});
	}

	/**
	 * Count what the gateway's answer has cost.
	 * @param tokens the number of tokens
	 */
	public void spend(long tokens) {
		this.permit.spend(tokens)
			.subscribe(null, (problem) -> logger.error("A user's tokens could not be counted", problem));
	}

}
