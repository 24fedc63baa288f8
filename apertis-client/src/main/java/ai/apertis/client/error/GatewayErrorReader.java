package ai.apertis.client.error;

import java.nio.charset.StandardCharsets;
import java.util.Set;

import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads errors in all the shapes in which gateways, and the providers behind them, send
 * them.
 */
public final class GatewayErrorReader {

	private static final JsonMapper JSON = WireJson.mapper();

	private static final String ERROR = "error";

	private static final String CHOICES = "choices";

	/** What tells of an error, or that there is none. */
	private static final Set<String> MEMBERS = Set.of(ERROR, CHOICES, "object", "type", "code", "message", "detail",
			"param", "status", "status_code");

	private GatewayErrorReader() {
	}

	/**
	 * Read the body of an HTTP answer.
	 * @param body the body, of any kind whatever
	 * @return the error, or {@code null} if the body reports none
	 */
	public static @Nullable GatewayError read(String body) {
		try (JsonParser parser = JSON.createParser(body)) {
			return read(parser);
		}
		catch (JacksonException ex) {
			// a proxy's page, or text: there is nothing to read out of it
			return null;
		}
	}

	/**
	 * Read the body of an HTTP answer, which may be large.
	 * @param body the body, of any kind whatever
	 * @return the error, or {@code null} if the body reports none
	 */
	public static @Nullable GatewayError read(byte[] body) {
		try (JsonParser parser = JSON.createParser(body)) {
			return read(parser);
		}
		catch (JacksonException ex) {
			// as a text it has no bytes that are no UTF-8
			return read(new String(body, StandardCharsets.UTF_8));
		}
	}

	private static @Nullable GatewayError read(JsonParser parser) {
		boolean list = parser.nextToken() == JsonToken.START_ARRAY;
		JsonNode outline = ((list ? parser.nextToken() : parser.currentToken()) == JsonToken.START_OBJECT)
				? members(parser, MEMBERS) : JSON.missingNode();
		// whatever stands behind it must be JSON too, and of the same list
		int depth = list ? 1 : 0;
		for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
			if (depth == 0) {
				return null;
			}
			depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
		}
		return read(outline);
	}

	/**
	 * Read some members of an object. All others, an answer above all, are passed over.
	 */
	private static JsonNode members(JsonParser parser, Set<String> names) {
		ObjectNode members = JSON.createObjectNode();
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			JsonToken value = parser.nextToken();
			if (!names.contains(name)) {
				parser.skipChildren();
			}
			else if (name.equals(CHOICES) && value == JsonToken.START_ARRAY) {
				members.set(name, choices(parser));
			}
			else {
				members.set(name, parser.readValueAsTree());
			}
		}
		return members;
	}

	private static JsonNode choices(JsonParser parser) {
		ArrayNode choices = JSON.createArrayNode();
		while (parser.nextToken() != JsonToken.END_ARRAY) {
			if (parser.currentToken() == JsonToken.START_OBJECT) {
				choices.add(members(parser, Set.of(ERROR)));
			}
			else {
				parser.skipChildren();
			}
		}
		return choices;
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
		GatewayError error = member(json.path(ERROR));
		if (error == null) {
			for (JsonNode choice : json.path(CHOICES)) {
				error = (error != null) ? error : member(choice.path(ERROR));
			}
		}
		if (error == null && isErrorItself(json)) {
			error = of(json);
		}
		if (error == null && !json.has(CHOICES) && json.path("detail").isString()) {
			error = new GatewayError(json.path("detail").asString(), null, null, null, 0);
		}
		return error;
	}

	private static boolean isErrorItself(JsonNode json) {
		return ERROR.equals(text(json.path("object"))) || ERROR.equals(text(json.path("type")))
				|| (!json.has(CHOICES) && json.path("code").asInt(0) >= 400 && json.has("message"));
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
