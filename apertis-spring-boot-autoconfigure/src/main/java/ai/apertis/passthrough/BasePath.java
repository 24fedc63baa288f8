package ai.apertis.passthrough;

/**
 * The path below which the pass-through is served, and what is told of what is not there.
 *
 * @param path the path, with a slash before and none behind it
 */
public record BasePath(String path) {

	/**
	 * Whether a request is for the pass-through.
	 * @param path the request's path within the application
	 * @return whether it is the base path or lies below it
	 */
	public boolean includes(String path) {
		return path.startsWith(this.path)
				&& (path.length() == this.path.length() || path.charAt(this.path.length()) == '/');
	}

	/**
	 * There is nothing at a path.
	 * @param method the request's method
	 * @param path the request's path within the application
	 * @return what to answer
	 */
	public ErrorResponse nothingAt(String method, String path) {
		String hint = path.startsWith(this.path + "/v1/") ? ""
				: ": the base URL of a client ends with " + this.path + "/v1";
		return ErrorResponse.of(RefusedException.unknownEndpoint(method, path, hint));
	}

	/**
	 * What is at a path takes other requests.
	 * @param method the request's method
	 * @param path the request's path within the application
	 * @param allowed the method to use
	 * @return what to answer
	 */
	public ErrorResponse notAllowed(String method, String path, String allowed) {
		return ErrorResponse.of(RefusedException.methodNotAllowed(method, path, allowed));
	}

}
