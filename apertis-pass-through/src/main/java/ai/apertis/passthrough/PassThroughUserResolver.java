package ai.apertis.passthrough;

import org.jspecify.annotations.Nullable;

/**
 * Resolves the user behind a request, for limits and policies. Define a bean of this type
 * if users are not identified by the name of the principal.
 */
@FunctionalInterface
public interface PassThroughUserResolver {

	/**
	 * Return the user who has sent a request. Called once for each request, on WebFlux by
	 * an event loop: it must not block.
	 * @param caller what is known of the sender
	 * @return the user's name, {@code null} for an anonymous sender, who is then
	 * identified by the address
	 */
	@Nullable String resolve(Caller caller);

	/**
	 * Identify users by the name of their principal.
	 * @return the default resolver
	 */
	static PassThroughUserResolver byPrincipal() {
		return (caller) -> (caller.principal() != null) ? caller.principal().getName() : null;
	}

}
