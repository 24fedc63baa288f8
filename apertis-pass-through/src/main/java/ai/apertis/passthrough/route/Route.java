package ai.apertis.passthrough.route;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.ErrorFormat;
import org.jspecify.annotations.Nullable;

/**
 * Endpoint of the pass-through: its path, the requests that it accepts, and the format of
 * its errors. Clients post JSON to it. Safe for use by several threads.
 */
public interface Route {

	/**
	 * Return where the endpoint is.
	 * @return the path below the base path of the pass-through, with a leading slash
	 */
	String path();

	/**
	 * Read a client's request.
	 * @param caller who has sent it
	 * @param user the user, {@code null} for an anonymous sender
	 * @param body the body
	 * @return the request
	 * @throws RefusedException if it must not be sent upstream
	 */
	RoutedRequest read(Caller caller, @Nullable String user, byte[] body);

	/**
	 * Return whether streams are stored by the conversation of which they are a part, and
	 * resumed below the endpoint.
	 * @return whether they are, where streams are stored at all
	 */
	default boolean resumesConversations() {
		return false;
	}

	/**
	 * Return how errors are reported to clients.
	 * @return the format of errors
	 */
	ErrorFormat errors();

}
