package ai.apertis.passthrough;

import reactor.core.publisher.Mono;

/**
 * Policy for requests before they are sent upstream. It may refuse, change or enrich a
 * request. Beans of this type are applied in order, after the limits of the properties.
 * They are trusted: what a policy puts into a request is not checked again.
 */
@FunctionalInterface
public interface PassThroughPolicy {

	/**
	 * Decide on a request. On WebFlux called by an event loop, on Spring MVC by the
	 * request's thread: there it may block.
	 * @param request the request as the client sent it, or as the policy before has left
	 * it
	 * @return the request to go on with, possibly the same; fails with a
	 * {@link RefusedException} to refuse it. Nothing at all is a fault of the policy
	 */
	Mono<PassThroughRequest> apply(PassThroughRequest request);

}
