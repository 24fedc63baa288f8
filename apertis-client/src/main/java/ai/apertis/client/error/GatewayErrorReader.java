package ai.apertis.client.error;

import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads errors in all the shapes in which gateways, and the providers behind them, send
 * them.
 */
public final class GatewayErrorReader {

	private static final JsonMapper JSON = WireJson.mapper();

	private GatewayErrorReader() {
	}

	/**
	 * Read the body of an HTTP answer.
	 * @param body the body, of any kind whatever
	 * @return the error, or {@code null} if the body reports none
	 */
	public static @Nullable GatewayError read(String body) {
		JsonNode json;
		try {
			json = JSON.readTree(body);
		}
		catch (JacksonException ex) {
			// a proxy's page, or text: there is nothing to read out of it
			return null;
		}
		return read(json.isArray() ? json.path(0) : json);
	}

	/**
	 * Read an answer or an event.
	 * @param json the JSON value
	 * @return the error, or {@code null} if it reports none: an {@code error} member with
	 * only empty values is none
	 */
	public static @Nullable GatewayError read(JsonNode json) {
		if (!json.isObject()) {
			return null;
		}
		GatewayError error = member(json.path("error"));
		if (error == null) {
			for (JsonNode choice : json.path("choices")) {
				error = (error != null) ? error : member(choice.path("error"));
			}
		}
		if (error == null && isErrorItself(json)) {
			error = of(json);
		}
		if (error == null && !json.has("choices") && json.path("detail").isString()) {
			error = new GatewayError(json.path("detail").asString(), null, null, null, 0);
		}
		return error;
	}

	private static boolean isErrorItself(JsonNode json) {
		return "error".equals(text(json.path("object"))) || "error".equals(text(json.path("type")))
				|| (!json.has("choices") && json.path("code").asInt(0) >= 400 && json.has("message"));
	}

	private static @Nullable GatewayError member(JsonNode error) {
		if (error.isObject()) {
			return isEmpty(error) ? null : of(error);
		}
		if (error.isString()) {
			return error.asString().isEmpty() ? null : new GatewayError(error.asString(), null, null, null, 0);
		}
		return (error.isMissingNode() || error.isNull() || (error.isBoolean() && !error.asBoolean())
				|| (error.isArray() && error.isEmpty())) ? null
						: new GatewayError(error.toString(), null, null, null, 0);
	}

	private static boolean isEmpty(JsonNode error) {
		for (JsonNode value : error) {
			boolean empty = value.isNull() || (value.isString() && value.asString().isEmpty())
					|| (value.isContainer() && value.isEmpty());
			if (!empty) {
				return false;
			}
		}
		return true;
	}

	private static GatewayError of(JsonNode error) {
		String message = text(error.path("message"));
		String code = text(error.path("code"));
		String type = text(error.path("type"));
		if (message == null) {
			message = (code != null) ? code : (type != null) ? type : "the gateway gave no message";
		}
		return new GatewayError(message, type, code, text(error.path("param")), status(error));
	}

	private static int status(JsonNode error) {
		for (String name : new String[] { "status_code", "status", "code" }) {
			int status = error.path(name).asInt(0);
			if (status >= 400 && status < 600) {
				return status;
			}
		}
		return 0;
	}

	private static @Nullable String text(JsonNode value) {
		return (value.isString() || value.isNumber()) && !value.asString().isEmpty() ? value.asString() : null;
	}

}
