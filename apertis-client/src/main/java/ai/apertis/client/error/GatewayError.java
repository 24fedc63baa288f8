package ai.apertis.client.error;

import java.io.Serializable;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Error as described by the gateway.
 *
 * @param message the message, in words meant for a person
 * @param type the kind of error, such as {@code rate_limit_error}, or {@code null}
 * @param code the exact reason, such as {@code model_overloaded}, a number as text, or
 * {@code null}
 * @param param the request's parameter that is at fault, or {@code null}
 * @param status the HTTP status that the error names itself, 0 if it names none
 */
public record GatewayError(String message, @Nullable String type, @Nullable String code, @Nullable String param,
		int status) implements Serializable {

	private static final int MAX_MESSAGE_LENGTH = 500;

	/**
	 * Take secrets out of all that the gateway said, and only then cut the message after
	 * 500 characters, as a part of a secret would not be found.
	 * @param redaction takes them out of a text
	 * @return an error without them
	 */
	public GatewayError redacted(UnaryOperator<String> redaction) {
		return new GatewayError(cut(redaction.apply(this.message)),
				(this.type != null) ? redaction.apply(this.type) : null,
				(this.code != null) ? redaction.apply(this.code) : null,
				(this.param != null) ? redaction.apply(this.param) : null, this.status);
	}

	/**
	 * It may quote a prompt, or be a whole page.
	 */
	private static String cut(String message) {
		return (message.length() > MAX_MESSAGE_LENGTH) ? message.substring(0, MAX_MESSAGE_LENGTH) + "…" : message;
	}

	/**
	 * Return the HTTP status that stands for an error that came inside a stream, after
	 * status 200 had been sent: the one that it names itself, else what its code or type
	 * says.
	 * @return the status, 502 if nothing tells
	 */
	public int impliedStatus() {
		if (this.status != 0) {
			return this.status;
		}
		int byCode = statusOf(this.code);
		int implied = (byCode != 0) ? byCode : statusOf(this.type);
		return (implied != 0) ? implied : 502;
	}

	private static int statusOf(@Nullable String word) {
		if (word == null) {
			return 0;
		}
		return switch (word) {
			case "invalid_request_error", "invalid_request", "invalid_parameter", "missing_parameter",
					"context_length_exceeded", "invalid_image", "content_policy_error", "content_policy_violation",
					"output_length_exceeded", "tool_use_failed", "BadRequestError" ->
				400;
			case "authentication_error", "invalid_api_key", "missing_api_key", "expired_api_key" -> 401;
			case "billing_error", "quota_exceeded", "insufficient_quota", "insufficient_balance",
					"subscription_expired", "payment_failed" ->
				402;
			case "permission_error", "access_denied", "model_access_denied", "ip_not_allowed", "account_suspended" ->
				403;
			case "not_found_error", "model_not_found", "endpoint_not_found" -> 404;
			case "rate_limit_error", "rate_limit_exceeded" -> 429;
			case "server_error", "internal_error", "api_error", "InternalServerError" -> 500;
			case "upstream_error" -> 502;
			case "service_unavailable", "model_overloaded", "overloaded_error" -> 503;
			case "timeout_error" -> 504;
			default -> 0;
		};
	}

}
