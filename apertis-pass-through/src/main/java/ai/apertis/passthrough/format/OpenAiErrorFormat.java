package ai.apertis.passthrough.format;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Errors in OpenAI's shape. Failures of the application's own account, such as a wrong
 * API key, are not disclosed: the call itself has logged them.
 */
public final class OpenAiErrorFormat implements ErrorFormat {

	private static final JsonMapper JSON = JsonMapper.shared();

	@Override
	public ErrorResponse response(Throwable failure) {
		ToldError error = ToldError.of(failure);
		return ErrorResponse.ofJson(error.status(), body(error), error.retryAfter());
	}

	/**
	 * The gateway's own body, if it has the shape that clients understand.
	 */
	private static byte[] body(ToldError error) {
		if (error.body() != null && error.errorOfBody().path("message").isString()) {
			return error.body().getBytes(StandardCharsets.UTF_8);
		}
		return JSON.writeValueAsBytes(Map.of("error", members(error)));
	}

	/**
	 * Return the members of an error.
	 */
	static Map<String, @Nullable Object> members(ToldError told) {
		Map<String, @Nullable Object> error = new LinkedHashMap<>();
		error.put("message", told.message());
		error.put("type", told.type());
		error.put("param", told.param());
		error.put("code", told.code());
		return error;
	}

	@Override
	public byte[] event(Throwable failure) {
		String json = new String(response(failure).body(), StandardCharsets.UTF_8).replaceAll("\\R", " ");
		return ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

}
