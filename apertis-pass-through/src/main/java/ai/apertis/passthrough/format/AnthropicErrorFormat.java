package ai.apertis.passthrough.format;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import tools.jackson.databind.json.JsonMapper;

/**
 * Errors in Anthropic's shape, which has no codes: those of this application stand in
 * their messages.
 *
 * @see <a href="https://docs.anthropic.com/en/api/errors">Errors</a>
 */
public final class AnthropicErrorFormat implements ErrorFormat {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String ERROR = "error";

	@Override
	public ErrorResponse response(Throwable failure) {
		ToldError error = ToldError.of(failure);
		return ErrorResponse.ofJson(error.status(), body(error), error.retryAfter());
	}

	/**
	 * The gateway's own body, if it has the shape that clients understand.
	 */
	private static byte[] body(ToldError told) {
		if (told.body() != null && told.errorOfBody().path("message").isString()
				&& told.errorOfBody().path("type").isString()
				&& JSON.readTree(told.body()).path("type").asString("").equals(ERROR)) {
			return told.body().getBytes(StandardCharsets.UTF_8);
		}
		Map<String, Object> error = new LinkedHashMap<>();
		error.put("type", type(told));
		error.put("message", told.refusal() ? told.code() + ": " + told.message() : told.message());
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("type", ERROR);
		body.put(ERROR, error);
		return JSON.writeValueAsBytes(body);
	}

	private static String type(ToldError told) {
		return switch (told.status()) {
			case 401 -> "authentication_error";
			case 402 -> "billing_error";
			case 403 -> "permission_error";
			case 404 -> "not_found_error";
			case 413 -> "request_too_large";
			case 429 -> "rate_limit_error";
			case 504 -> "timeout_error";
			case 503, 529 -> "overloaded_error";
			default -> (told.status() < 500) ? "invalid_request_error" : "api_error";
		};
	}

	@Override
	public byte[] event(Throwable failure) {
		String json = new String(response(failure).body(), StandardCharsets.UTF_8).replaceAll("\\R", " ");
		return ("event: error\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

}
