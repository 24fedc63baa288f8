package ai.apertis.passthrough;

import java.util.List;

import reactor.core.publisher.Mono;

/**
 * Limits for each user of the pass-through: requests, responses under way, and budgets.
 * What a call may cost is reserved before it is sent upstream, and more while it runs, so
 * that any number of calls at once cannot pass a budget. The default counts in memory, so
 * that each instance of an application counts by itself, or in Redis, for all instances;
 * define a bean of this type to count elsewhere. Nothing here blocks; safe for use by
 * several threads.
 */
public interface UserLimits {

	/**
	 * Count a request. To be released, once for each permit, when its answer has ended. A
	 * caller may go while the permit is on its way, and an instance may die, so that
	 * permits of a shared store must expire.
	 * @param user the user's name behind {@code "user "}, or an address behind
	 * {@code "address "}
	 * @return the permit; fails with a {@link RefusedException} if the user has had
	 * enough
	 */
	Mono<Permit> admit(String user);

	/**
	 * Return the users who are near a limit, for operators, and what the application has
	 * used of its budgets. Must neither block nor take long.
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
		 * Reserve what a call may cost. A request may make several, one after the other.
		 * @param spending what the call is expected to spend
		 * @return the reservation, to be settled; fails with a {@link RefusedException}
		 * if a budget has not as much
		 */
		Mono<Reservation> reserve(Spending spending);

		/**
		 * The client has its answer, or is gone and nothing of the gateway's answer is
		 * read on. Subscribed to once.
		 * @return completes when it may begin another
		 */
		Mono<Void> release();

	}

	/**
	 * What is reserved for one call.
	 */
	interface Reservation {

		/**
		 * Return how many output tokens were reserved at first.
		 * @return the number of tokens, at least those without which the call makes no
		 * sense
		 */
		long granted();

		/**
		 * Return how much of its budgets is used and reserved, to tell the client. What a
		 * store has told last will do.
		 * @return the uses; nothing unless overridden
		 */
		default List<LimitUse> uses() {
			return List.of();
		}

		/**
		 * Report what has been spent, and reserve more. May be repeated if its result is
		 * not known. Not called again before it has completed.
		 * @param spent the output tokens that have come so far
		 * @param more how many output tokens more to reserve, 0 to report only
		 * @return how many are reserved, from one to all of them; fails with a
		 * {@link RefusedException} if none can be
		 */
		Mono<Long> extend(long spent, long more);

		/**
		 * The call has ended. What was reserved and not spent is given back. May be
		 * repeated if its result is not known.
		 * @param tokens what the call has cost, in tokens of the prompt and of the answer
		 * @param cost the same in billionths of the currency of the prices
		 * @return completes when it is counted
		 */
		Mono<Void> settle(long tokens, long cost);

	}

}
