package ai.apertis.passthrough;

import java.util.List;

import reactor.core.publisher.Mono;

/**
 * Limits for each user of the pass-through. The default counts in memory, so that each
 * instance of an application counts by itself; define a bean of this type to count in a
 * store that instances share.
 */
public interface UserLimits {

	/**
	 * Count a request. To be released, once for each permit, when its answer has ended. A
	 * caller may go while the permit is on its way, so that permits of a shared store
	 * must expire.
	 * @param user the user's name, or what stands for it
	 * @return the permit; fails with a {@link RefusedException} if the user has had
	 * enough
	 */
	Mono<Permit> admit(String user);

	/**
	 * Return the users who are near a limit, for operators. Must neither block nor take
	 * long.
	 * @return what those have used who have less than a fifth left, a hundred for each
	 * limit at most; nothing unless overridden
	 */
	default List<LimitUse> nearLimits() {
		return List.of();
	}

	/**
	 * What one admitted request holds.
	 */
	interface Permit {

		/**
		 * The gateway's answer has ended, and this is what it cost, as far as is known.
		 * Called at most once, before or after the release.
		 * @param tokens the number of tokens, of the prompt and of the answer
		 * @return completes when they are counted
		 */
		Mono<Void> spend(long tokens);

		/**
		 * The client has its answer, or is gone and nothing of the gateway's answer is
		 * read on. Subscribed to once.
		 * @return completes when it may begin another
		 */
		Mono<Void> release();

	}

}
