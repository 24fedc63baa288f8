package ai.apertis.passthrough.delivery;

import reactor.core.publisher.Mono;

/**
 * Bytes that were written to a client and have not left yet. Some servers accept much
 * more than they can send. A subscriber to a response puts its backlog into the context,
 * by this type, so that a large event waits for the one before.
 */
public interface Backlog {

	/**
	 * Wait until what has been written has left.
	 * @return completes then
	 */
	Mono<Void> cleared();

}
