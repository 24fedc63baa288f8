package ai.apertis.passthrough.delivery;

import reactor.core.publisher.Mono;

/**
 * What has been written to a client and has not left yet. Some servers take much more
 * than they can send; whoever subscribes to an answer for one of them puts its backlog
 * into the context, by this type, so that a large event waits for the one before.
 */
public interface Backlog {

	/**
	 * Wait until what has been written has left.
	 * @return completes then
	 */
	Mono<Void> cleared();

}
