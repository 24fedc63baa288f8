package ai.apertis.client.error;

import java.time.Duration;
import java.util.Optional;

import ai.apertis.client.metadata.ResponseMetadata;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * Thrown when the gateway reports an error, either instead of a response or inside a
 * stream. There is a subclass for each error that callers may handle in a way of its own;
 * all data are here.
 */
public class ApertisApiException extends ApertisException {

	private final int statusCode;

	private final GatewayError error;

	private final transient @Nullable ResponseMetadata metadata;

	private final String body;

	private @Nullable String advice;

	/**
	 * Create an exception. Use {@link #of} to get the subclass that fits.
	 * @param statusCode the HTTP status, or the one that stands for an error inside a
	 * stream
	 * @param error what the gateway said
	 * @param headers the response's headers
	 * @param body the beginning of the answer's body, as text
	 */
	protected ApertisApiException(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		super(describe(statusCode, error, headers));
		this.statusCode = statusCode;
		this.error = error;
		this.metadata = new ResponseMetadata(headers);
		this.body = body;
	}

	/**
	 * Create the exception that fits a status. Tests of what an application does about
	 * errors need no more: {@code ApertisApiException.of(429, "Slow down")} is a
	 * {@link RateLimitException}.
	 * @param statusCode the HTTP status
	 * @param message what the gateway said
	 * @return the exception
	 */
	public static ApertisApiException of(int statusCode, String message) {
		return of(statusCode, new GatewayError(message, null, null, null, statusCode), new HttpHeaders(), "");
	}

	/**
	 * Create the exception that fits an error: decided by the status first, then the
	 * code, then the type, never by the message.
	 * @param statusCode the HTTP status, or the one that stands for an error inside a
	 * stream
	 * @param error what the gateway said
	 * @param headers the response's headers
	 * @param body the beginning of the answer's body, as text
	 * @return the exception
	 */
	public static ApertisApiException of(int statusCode, GatewayError error, HttpHeaders headers, String body) {
		return switch (statusCode) {
			case 400, 413, 422 -> new InvalidRequestException(statusCode, error, headers, body);
			case 401 -> new AuthenticationException(statusCode, error, headers, body);
			case 402 -> new BillingException(statusCode, error, headers, body);
			case 403 -> new PermissionException(statusCode, error, headers, body);
			case 404 -> new NotFoundException(statusCode, error, headers, body);
			case 429 -> isQuota(error) ? new BillingException(statusCode, error, headers, body)
					: new RateLimitException(statusCode, error, headers, body);
			default -> (statusCode >= 500) ? new GatewayException(statusCode, error, headers, body)
					: new ApertisApiException(statusCode, error, headers, body);
		};
	}

	private static boolean isQuota(GatewayError error) {
		return "insufficient_quota".equals(error.code()) || "quota_exceeded".equals(error.code())
				|| "insufficient_quota".equals(error.type()) || "billing_error".equals(error.type());
	}

	private static String describe(int statusCode, GatewayError error, HttpHeaders headers) {
		StringBuilder text = new StringBuilder().append(statusCode).append(' ').append(error.message());
		String requestId = new ResponseMetadata(headers).requestId().orElse(null);
		append(text, "type", error.type());
		append(text, "code", error.code());
		append(text, "param", error.param());
		append(text, "request id", requestId);
		return text.toString();
	}

	private static void append(StringBuilder text, String name, @Nullable String value) {
		if (value != null) {
			text.append(", ").append(name).append(' ').append(value);
		}
	}

	/**
	 * Add to the message what may be done about the error, which the gateway did not say.
	 * @param advice the advice
	 */
	public void advise(String advice) {
		this.advice = advice;
	}

	/**
	 * Return what may be done about the error, which the gateway did not say.
	 * @return the advice, empty if there is none
	 */
	public Optional<String> advice() {
		return Optional.ofNullable(this.advice).map(this::named);
	}

	@Override
	public @Nullable String getMessage() {
		return (this.advice != null) ? super.getMessage() + "; " + named(this.advice) : super.getMessage();
	}

	/**
	 * Return the HTTP status. For an error inside a stream, the one that the error names
	 * or its code and type stand for.
	 * @return the status
	 */
	public int statusCode() {
		return this.statusCode;
	}

	/**
	 * Return what the gateway said of the error.
	 * @return the error
	 */
	public GatewayError error() {
		return this.error;
	}

	/**
	 * Return the kind of error, such as {@code rate_limit_error}.
	 * @return the type, empty if the gateway told none
	 */
	public Optional<String> type() {
		return Optional.ofNullable(this.error.type());
	}

	/**
	 * Return the exact reason, such as {@code model_overloaded}.
	 * @return the code, empty if the gateway told none
	 */
	public Optional<String> code() {
		return Optional.ofNullable(this.error.code());
	}

	/**
	 * Return the request's parameter that is at fault.
	 * @return the parameter's name, empty if the gateway told none
	 */
	public Optional<String> param() {
		return Optional.ofNullable(this.error.param());
	}

	/**
	 * Return the id under which the gateway knows the request.
	 * @return the id, empty if the gateway sent none
	 */
	public Optional<String> requestId() {
		return metadata().requestId();
	}

	/**
	 * Return what the headers of the response tell.
	 * @return the metadata
	 */
	public ResponseMetadata metadata() {
		// not kept when an exception is serialized
		return (this.metadata != null) ? this.metadata : new ResponseMetadata(new HttpHeaders());
	}

	/**
	 * Return the headers of the response.
	 * @return the headers, read-only
	 */
	public HttpHeaders headers() {
		return metadata().headers();
	}

	/**
	 * Return the beginning of the answer's body, as the gateway sent it.
	 * @return the text, empty if there was no body
	 */
	public String body() {
		return this.body;
	}

	/**
	 * Return how long the gateway asks to wait before the next attempt.
	 * @return the time from now, empty if the gateway told none
	 */
	public Optional<Duration> retryAfter() {
		return metadata().retryAfter();
	}

	/**
	 * Return whether the same request may succeed later: what the answer's
	 * {@code x-should-retry} says, else as its status is one that passes. Says nothing of
	 * whether it is safe to repeat it: once a chunk has been handed on, it is not.
	 * @return whether a retry makes sense
	 */
	public boolean isRetryable() {
		String header = headers().getFirst("x-should-retry");
		if ("true".equalsIgnoreCase(header) || "false".equalsIgnoreCase(header)) {
			return Boolean.parseBoolean(header);
		}
		return switch (this.statusCode) {
			case 408, 409, 425, 429 -> true;
			// what a server cannot do, or what its operator has to mend, does not pass
			case 501, 505, 506, 508, 510, 511 -> false;
			default -> this.statusCode >= 500 && this.statusCode < 600;
		};
	}

}
