package ai.apertis.passthrough;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;

/**
 * A user's permit, and what the request takes in memory. Both are given back when the
 * client has its answer or is gone; but if the gateway's stream is read on, only when
 * that has ended.
 */
final class HeldPermit {

	private static final Log logger = LogFactory.getLog(HeldPermit.class);

	private final UserLimits.Permit permit;

	private final RequestMemory.Held memory;

	private volatile Mono<Void> needless = Mono.empty();

	HeldPermit(UserLimits.Permit permit, RequestMemory.Held memory) {
		this.permit = permit;
		this.memory = memory;
	}

	/**
	 * What the request takes, given back with the permit.
	 */
	RequestMemory.Held memory() {
		return this.memory;
	}

	/**
	 * Keep the permit as long as there is something that needs it.
	 * @param needless completes when that is over
	 */
	void keepUntil(Mono<Void> needless) {
		this.needless = needless;
	}

	Mono<Void> release() {
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
	 * The gateway's answer has ended.
	 */
	void spend(long tokens) {
		this.permit.spend(tokens)
			.subscribe(null, (problem) -> logger.error("A user's tokens could not be counted", problem));
	}

}
