package ai.apertis.passthrough;

import org.jspecify.annotations.Nullable;

/**
 * Tells the users of the pass-through apart, for its limits and its policies. Define a
 * bean of this type if the principal's name is not what does.
 */
@FunctionalInterface
public interface PassThroughUserResolver {

	/**
	 * Return the user who has sent a request. Called once for each request, on WebFlux by
	 * an event loop: it must not block.
	 * @param caller what is known of the sender
	 * @return the user's name, {@code null} if the sender is nobody in particular, who is
	 * then told apart by the address
	 */
	@Nullable String resolve(Caller caller);

	/**
	 * Tell users apart by the name of their principal.
	 * @return the resolver that holds unless the application defines another
	 */
	static PassThroughUserResolver byPrincipal() {
		return (caller) -> (caller.principal() != null) ? caller.principal().getName() : null;
	}

}
