package ai.apertis.passthrough.format;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.AuthenticationException;
import ai.apertis.client.error.BillingException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.wire.WireJson;
import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Errors in OpenAI's shape. Failures of the application's own account, such as a wrong
 * API key, are not disclosed: the call itself has logged them.
 */
public final class OpenAiErrorFormat implements ErrorFormat {

	private static final JsonMapper JSON = JsonMapper.shared();

	/** A year, in seconds. */
	private static final long MAX_WAIT = 31_536_000;

	private static final String SERVER_ERROR = "server_error";

	private static final String UPSTREAM_ERROR = "upstream_error";

	@Override
	public ErrorResponse response(Throwable failure) {
		if (failure instanceof RefusedException refused) {
			return ErrorResponse.ofJson(refused.status(),
					json(String.valueOf(refused.getMessage()), refused.type(), refused.code(), refused.param()),
					(refused.retryAfter() != null) ? seconds(refused.retryAfter()) : null);
		}
		if (failure instanceof AuthenticationException || failure instanceof BillingException) {
			return ErrorResponse.ofJson(502, json("The application cannot use the language model at the moment",
					SERVER_ERROR, UPSTREAM_ERROR, null), null);
		}
		if (failure instanceof ApertisApiException api && api.statusCode() >= 400) {
			return ofGateway(api);
		}
		if (failure instanceof ApertisApiException) {
			return ErrorResponse.ofJson(502,
					json("The language model cannot be reached", SERVER_ERROR, "upstream_unreachable", null), null);
		}
		if (failure instanceof StreamTimeoutException) {
			return ErrorResponse.ofJson(504,
					json("The language model did not answer in time", SERVER_ERROR, "upstream_timeout", null), null);
		}
		if (failure instanceof ConnectionException) {
			return ErrorResponse.ofJson(502,
					json("The language model cannot be reached", SERVER_ERROR, "upstream_unreachable", null), null);
		}
		if (failure instanceof MalformedResponseException) {
			return ErrorResponse.ofJson(502,
					json("The answer of the language model cannot be read", SERVER_ERROR, "upstream_malformed", null),
					null);
		}
		if (failure instanceof ApertisException) {
			return ErrorResponse.ofJson(502,
					json("The answer of the language model was cut off", SERVER_ERROR, "stream_interrupted", null),
					null);
		}
		return ErrorResponse.ofJson(500, json("The application has failed", SERVER_ERROR, "internal_error", null),
				null);
	}

	private static ErrorResponse ofGateway(ApertisApiException failure) {
		int status = switch (failure.statusCode()) {
			case 400, 403, 404, 413, 422, 429 -> failure.statusCode();
			default -> (failure.statusCode() >= 500 && failure.statusCode() < 600) ? failure.statusCode() : 502;
		};
		return ErrorResponse.ofJson(status, body(failure),
				failure.retryAfter().map(OpenAiErrorFormat::seconds).orElse(null));
	}

	private static String seconds(Duration wait) {
		return Long.toString(Math.min(MAX_WAIT, Math.max(1, wait.plusMillis(999).toSeconds())));
	}

	/**
	 * The gateway's own body, if it has the shape that clients understand.
	 */
	private static byte[] body(ApertisApiException failure) {
		String body = failure.body().strip();
		if (isUsual(body)) {
			return body.getBytes(StandardCharsets.UTF_8);
		}
		return json(failure.error().message(), failure.type().orElse(SERVER_ERROR),
				failure.code().orElse(UPSTREAM_ERROR), failure.error().param());
	}

	private static boolean isUsual(String body) {
		if (!body.startsWith("{") || GatewayErrorReader.read(body) == null) {
			return false;
		}
		JsonNode error = WireJson.mapper().readTree(body).path("error");
		return error.isObject() && error.path("message").isString();
	}

	private static byte[] json(String message, String type, String code, @Nullable String param) {
		Map<String, @Nullable Object> error = new LinkedHashMap<>();
		error.put("message", message);
		error.put("type", type);
		error.put("param", param);
		error.put("code", code);
		return JSON.writeValueAsBytes(Map.of("error", error));
	}

	@Override
	public byte[] event(Throwable failure) {
		String json = new String(response(failure).body(), StandardCharsets.UTF_8).replaceAll("\\R", " ");
		return ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

}
