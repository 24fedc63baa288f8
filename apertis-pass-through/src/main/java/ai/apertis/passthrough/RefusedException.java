package ai.apertis.passthrough;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Thrown to refuse a client's request, or to end its stream. The message is sent to the
 * client.
 */
public final class RefusedException extends RuntimeException {

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
	 * Refuse a request.
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
			case 429 -> "rate_limit_error";
			default -> (status < 500) ? "invalid_request_error" : "server_error";
		};
		return new RefusedException(status, type, code, null, null, message);
	}

	/**
	 * Refuse a model.
	 * @param model the model's id
	 * @return the refusal
	 */
	public static RefusedException modelNotAllowed(String model) {
		return of(403, "model_access_denied", "The model '" + model + "' is not available here").withParam("model");
	}

	/**
	 * Refuse a request for now.
	 * @param code the exact reason, for the client's code
	 * @param message what to tell the client
	 * @param retryAfter when the same request may succeed
	 * @return the refusal, with status 429
	 */
	public static RefusedException tooMany(String code, String message, Duration retryAfter) {
		return of(429, code, message).withRetryAfter(retryAfter);
	}

	/**
	 * Name the parameter that is at fault.
	 * @param param the parameter's name
	 * @return the refusal with it
	 */
	public RefusedException withParam(String param) {
		return new RefusedException(this.status, this.type, this.code, param, this.retryAfter, message());
	}

	/**
	 * Set when the same request may succeed.
	 * @param retryAfter the time from now
	 * @return the refusal with it
	 */
	public RefusedException withRetryAfter(Duration retryAfter) {
		return new RefusedException(this.status, this.type, this.code, this.param, retryAfter, message());
	}

	private String message() {
		return String.valueOf(getMessage());
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
