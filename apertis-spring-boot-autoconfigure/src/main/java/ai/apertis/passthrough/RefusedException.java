package ai.apertis.passthrough;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A request that the pass-through does not send upstream, or does not let go on. Its
 * message is told to the client.
 */
public final class RefusedException extends RuntimeException {

	private static final int MAX_NAME_LENGTH = 64;

	private static final int MAX_PATH_LENGTH = 200;

	private static final String INVALID_REQUEST = "invalid_request_error";

	private static final String RATE_LIMIT = "rate_limit_error";

	private final int status;

	private final String type;

	private final String code;

	private final @Nullable String param;

	private final @Nullable Duration retryAfter;

	private RefusedException(int status, String type, String code, @Nullable String param,
			@Nullable Duration retryAfter, String message) {
		super(message);
		this.status = status;
		this.type = type;
		this.code = code;
		this.param = param;
		this.retryAfter = retryAfter;
	}

	/**
	 * Refuse a request for a reason of one's own.
	 * @param status the HTTP status, from 400 to 599
	 * @param code the exact reason, for the client's code, such as {@code plan_exceeded}
	 * @param message what to tell the client
	 * @return the refusal
	 */
	public static RefusedException of(int status, String code, String message) {
		if (status < 400 || status > 599) {
			throw new IllegalArgumentException("The status of a refusal must be from 400 to 599, not " + status);
		}
		String type = switch (status) {
			case 401 -> "authentication_error";
			case 403 -> "permission_error";
			case 429 -> RATE_LIMIT;
			default -> (status < 500) ? INVALID_REQUEST : "server_error";
		};
		return new RefusedException(status, type, code, null, null, message);
	}

	/**
	 * Refuse a model.
	 * @param model the model's id
	 * @return the refusal
	 */
	public static RefusedException modelNotAllowed(String model) {
		return modelNotAllowed("model", model);
	}

	static RefusedException modelNotAllowed(String param, String model) {
		return new RefusedException(403, "permission_error", "model_access_denied", param, null,
				"The model '" + model + "' is not available here");
	}

	/**
	 * Refuse for now.
	 * @param code the exact reason, for the client's code
	 * @param message what to tell the client
	 * @param retryAfter when the same request may succeed
	 * @return the refusal, with status 429
	 */
	public static RefusedException tooMany(String code, String message, Duration retryAfter) {
		return new RefusedException(429, RATE_LIMIT, code, null, retryAfter, message);
	}

	static RefusedException shuttingDown() {
		return new RefusedException(503, "server_error", "server_shutdown", null, Duration.ofSeconds(1),
				"The application is shutting down: please try again");
	}

	static RefusedException noRoom() {
		return new RefusedException(503, "server_error", "server_busy", null, Duration.ofSeconds(1),
				"The application has too many large requests under way: please try again");
	}

	static RefusedException tooSlow(Duration limit) {
		return new RefusedException(408, INVALID_REQUEST, "request_timeout", null, null,
				"The body did not arrive within " + limit.toMillis() + " ms");
	}

	static RefusedException notJson() {
		return new RefusedException(400, INVALID_REQUEST, "invalid_request", null, null,
				"The body must be a JSON object");
	}

	static RefusedException nestedTooDeep(int limit) {
		return new RefusedException(400, INVALID_REQUEST, "request_too_deep", null, null,
				"The body must not be nested deeper than " + limit + " levels");
	}

	static RefusedException tooManyValues(long limit) {
		return new RefusedException(400, INVALID_REQUEST, "request_too_complex", null, null,
				"The body must not have more than " + limit + " names, values and brackets");
	}

	static RefusedException ambiguous(String name, String other) {
		return new RefusedException(400, INVALID_REQUEST, "invalid_parameter", other, null,
				"The parameter '" + printable(name, MAX_NAME_LENGTH) + "' must be written '" + other + "'");
	}

	static RefusedException invalid(String param, String message) {
		return new RefusedException(400, INVALID_REQUEST, "invalid_parameter", param, null, message);
	}

	static RefusedException missing(String param) {
		return new RefusedException(400, INVALID_REQUEST, "missing_parameter", param, null,
				"Missing required parameter '" + param + "'");
	}

	static RefusedException denied(String param) {
		return new RefusedException(400, INVALID_REQUEST, "unsupported_parameter", param, null,
				"The parameter '" + param + "' must not be set here");
	}

	/**
	 * The body is too large.
	 * @param limit the most bytes that a body may have
	 * @return the refusal
	 */
	public static RefusedException tooLarge(long limit) {
		return new RefusedException(413, INVALID_REQUEST, "request_too_large", null, null,
				"The body must not exceed " + limit + " bytes");
	}

	static RefusedException unknownEndpoint(String method, String path, String hint) {
		return new RefusedException(404, INVALID_REQUEST, "endpoint_not_found", null, null,
				"There is no " + printable(method + " " + path, MAX_PATH_LENGTH) + " here" + hint);
	}

	static RefusedException methodNotAllowed(String method, String path, String allowed) {
		return new RefusedException(405, INVALID_REQUEST, "method_not_allowed", null, null,
				printable(path, MAX_PATH_LENGTH) + " takes " + allowed + ", not " + printable(method, MAX_NAME_LENGTH));
	}

	private static String printable(String text, int maxLength) {
		String printable = text.replaceAll("[^ -~]", "?");
		return printable.substring(0, Math.min(printable.length(), maxLength));
	}

	/**
	 * The body is not declared as JSON.
	 * @return the refusal
	 */
	public static RefusedException unsupportedMediaType() {
		return new RefusedException(415, INVALID_REQUEST, "unsupported_media_type", null, null,
				"The Content-Type must be application/json");
	}

	/**
	 * The body is in a coding that is not known.
	 */
	static RefusedException unsupportedCoding(String coding) {
		return new RefusedException(415, INVALID_REQUEST, "unsupported_content_encoding", null, null,
				"The Content-Encoding '" + printable(coding, MAX_NAME_LENGTH).strip()
						+ "' is not supported: send the body as it is, or with gzip");
	}

	/**
	 * Return the HTTP status to answer with.
	 * @return the status
	 */
	public int status() {
		return this.status;
	}

	/**
	 * Return the kind of error, in OpenAI's words.
	 * @return the type
	 */
	public String type() {
		return this.type;
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

	/**
	 * Return when the same request may succeed.
	 * @return the time from now, {@code null} if waiting does not help
	 */
	public @Nullable Duration retryAfter() {
		return this.retryAfter;
	}

}
