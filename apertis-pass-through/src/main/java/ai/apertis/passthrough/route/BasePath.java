package ai.apertis.passthrough.route;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.ErrorResponse;

/**
 * The path below which the pass-through is served, and what is answered where there is
 * nothing.
 *
 * @param path the path, with a slash before and none behind it
 */
public record BasePath(String path) {

	private static final int MAX_NAME_LENGTH = 64;

	private static final int MAX_PATH_LENGTH = 200;

	/**
	 * Return the path of an endpoint.
	 * @param relative the path below this one, with a leading slash
	 * @return the path within the application
	 */
	public String of(String relative) {
		return this.path + relative;
	}

	/**
	 * Return whether a request is for the pass-through.
	 * @param path the request's path within the application
	 * @return whether it is the base path or lies below it
	 */
	public boolean includes(String path) {
		return path.startsWith(this.path)
				&& (path.length() == this.path.length() || path.charAt(this.path.length()) == '/');
	}

	/**
	 * Return the response where there is nothing.
	 * @param method the request's method
	 * @param path the request's path within the application
	 * @return the error
	 */
	public ErrorResponse nothingAt(String method, String path) {
		String hint = path.startsWith(of("/v1/")) ? "" : ": the base URL of a client ends with " + of("/v1");
		return error(path, 404, "endpoint_not_found",
				"There is no " + RequestReader.printable(method + " " + path, MAX_PATH_LENGTH) + " here" + hint);
	}

	/**
	 * Return the response to a method that an endpoint does not take.
	 * @param method the request's method
	 * @param path the request's path within the application
	 * @param allowed the methods to use
	 * @return the error
	 */
	public ErrorResponse notAllowed(String method, String path, String allowed) {
		return error(path, 405, "method_not_allowed", RequestReader.printable(path, MAX_PATH_LENGTH) + " takes "
				+ allowed + ", not " + RequestReader.printable(method, MAX_NAME_LENGTH));
	}

	/**
	 * Below the messages each client is one of Anthropic's.
	 */
	private ErrorResponse error(String path, int status, String code, String message) {
		ErrorFormat errors = path.startsWith(of(MessagesRoute.PATH)) ? MessagesRoute.ERRORS : ResponsesRoute.ERRORS;
		return errors.response(RefusedException.of(status, code, message));
	}

}
