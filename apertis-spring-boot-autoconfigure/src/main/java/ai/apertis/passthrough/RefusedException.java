package ai.apertis.passthrough;

import org.jspecify.annotations.Nullable;

/**
 * A request that the pass-through does not send upstream.
 */
public final class RefusedException extends RuntimeException {

	private final int status;

	private final String code;

	private final @Nullable String param;

	private RefusedException(int status, String code, @Nullable String param, String message) {
		super(message);
		this.status = status;
		this.code = code;
		this.param = param;
	}

	static RefusedException notJson() {
		return new RefusedException(400, "invalid_request", null, "The body must be a JSON object");
	}

	static RefusedException invalid(String param, String message) {
		return new RefusedException(400, "invalid_parameter", param, message);
	}

	static RefusedException missing(String param) {
		return new RefusedException(400, "missing_parameter", param, "Missing required parameter '" + param + "'");
	}

	/**
	 * The body is too large.
	 * @param limit the most bytes that a body may have
	 * @return the refusal
	 */
	public static RefusedException tooLarge(long limit) {
		return new RefusedException(413, "request_too_large", null, "The body must not exceed " + limit + " bytes");
	}

	static RefusedException unsupportedMediaType() {
		return new RefusedException(415, "unsupported_media_type", null, "The Content-Type must be application/json");
	}

	/**
	 * Return the HTTP status to answer with.
	 * @return the status
	 */
	public int status() {
		return this.status;
	}

	/**
	 * Return the exact reason, for the client's code.
	 * @return the code
	 */
	public String code() {
		return this.code;
	}

	/**
	 * Return the request's parameter that is at fault.
	 * @return the parameter's name, {@code null} if it is none of them
	 */
	public @Nullable String param() {
		return this.param;
	}

}
