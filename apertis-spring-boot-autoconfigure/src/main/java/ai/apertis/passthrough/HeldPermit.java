package ai.apertis.passthrough;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;

/**
 * A user's permit, which is released when the client has its answer or is gone; but if
 * the gateway's stream is read on, only when that has ended.
 */
final class HeldPermit {

	private static final Log logger = LogFactory.getLog(HeldPermit.class);

	private final UserLimits.Permit permit;

	private volatile boolean kept;

	HeldPermit(UserLimits.Permit permit) {
		this.permit = permit;
	}

	/**
	 * Keep the permit until the gateway's stream has ended.
	 */
	void keep() {
		this.kept = true;
	}

	Mono<Void> release() {
		return Mono.defer(() -> this.kept ? Mono.empty() : this.permit.release()).onErrorResume((problem) -> {
			// the answer is whole all the same
			logger.error("A user's permit could not be released", problem);
			return Mono.empty();
		});
	}

	/**
	 * The gateway's answer has ended.
	 */
	void spend(long tokens) {
		Mono<Void> ended = this.permit.spend(tokens);
		(this.kept ? ended.then(this.permit.release()) : ended).subscribe(null,
				(problem) -> logger.error("A user's tokens could not be counted", problem));
	}

}
