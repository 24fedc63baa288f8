package ai.apertis.passthrough.format;

import java.time.Duration;

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
import tools.jackson.databind.node.MissingNode;

/**
 * What a client is told of a failure, in the words of OpenAI, whatever the form is.
 *
 * @param status the HTTP status
 * @param message what happened, and what to do
 * @param type the kind of error
 * @param code the exact reason
 * @param param the parameter that is at fault, {@code null} if none is
 * @param retryAfter the value of the {@code Retry-After} header, {@code null} for none
 * @param body what the gateway has told, {@code null} if it is not to be handed on
 * @param refusal whether it is the application that refuses
 */
record ToldError(int status, String message, String type, String code, @Nullable String param,
		@Nullable String retryAfter, @Nullable String body, boolean refusal) {

	/** A year, in seconds. */
	private static final long MAX_WAIT = 31_536_000;

	private static final String SERVER_ERROR = "server_error";

	private static final String UPSTREAM_ERROR = "upstream_error";

	static ToldError of(Throwable failure) {
		if (failure instanceof RefusedException refused) {
			return new ToldError(refused.status(), String.valueOf(refused.getMessage()), refused.type(), refused.code(),
					refused.param(), (refused.retryAfter() != null) ? seconds(refused.retryAfter()) : null, null, true);
		}
		if (failure instanceof AuthenticationException || failure instanceof BillingException) {
			return plain(502, "The application cannot use the language model at the moment", UPSTREAM_ERROR);
		}
		if (failure instanceof ApertisApiException api && api.statusCode() >= 400) {
			return ofGateway(api);
		}
		if (failure instanceof ApertisApiException || failure instanceof ConnectionException) {
			return plain(502, "The language model cannot be reached", "upstream_unreachable");
		}
		if (failure instanceof StreamTimeoutException) {
			return plain(504, "The language model did not answer in time", "upstream_timeout");
		}
		if (failure instanceof MalformedResponseException) {
			return plain(502, "The answer of the language model cannot be read", "upstream_malformed");
		}
		if (failure instanceof ApertisException) {
			return plain(502, "The answer of the language model was cut off", "stream_interrupted");
		}
		return plain(500, "The application has failed", "internal_error");
	}

	private static ToldError plain(int status, String message, String code) {
		return new ToldError(status, message, SERVER_ERROR, code, null, null, null, false);
	}

	private static ToldError ofGateway(ApertisApiException failure) {
		int status = switch (failure.statusCode()) {
			case 400, 403, 404, 413, 422, 429 -> failure.statusCode();
			default -> (failure.statusCode() >= 500 && failure.statusCode() < 600) ? failure.statusCode() : 502;
		};
		String body = failure.body().strip();
		return new ToldError(status, failure.error().message(), failure.type().orElse(SERVER_ERROR),
				failure.code().orElse(UPSTREAM_ERROR), failure.error().param(),
				failure.retryAfter().map(ToldError::seconds).orElse(null),
				(body.startsWith("{") && GatewayErrorReader.read(body) != null) ? body : null, false);
	}

	private static String seconds(Duration wait) {
		return Long.toString(Math.min(MAX_WAIT, Math.max(1, wait.plusMillis(999).toSeconds())));
	}

	/**
	 * Return what the gateway has told as an object.
	 */
	JsonNode errorOfBody() {
		JsonNode error = (this.body != null) ? WireJson.mapper().readTree(this.body).path("error")
				: MissingNode.getInstance();
		return error.isObject() ? error : MissingNode.getInstance();
	}

}
