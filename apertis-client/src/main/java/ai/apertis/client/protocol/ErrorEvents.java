package ai.apertis.client.protocol;

import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.sse.Event;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The ways in which gateways report an error besides a chunk's own {@code error} member.
 */
final class ErrorEvents {

	/** The type of an event, and the name of a member or field, that tells an error. */
	static final String ERROR = "error";

	private ErrorEvents() {
	}

	/**
	 * Return whether an event has the type {@code error}.
	 */
	static boolean isError(Event event) {
		return ERROR.equals(event.type());
	}

	/**
	 * Read an event whose type is {@code error}: its data may be JSON or plain text.
	 */
	static GatewayError read(Event event) {
		String text = event.dataText();
		JsonNode json = json(text);
		GatewayError read = (json != null) ? GatewayErrorReader.read(json) : null;
		return (read != null) ? read : plain(text.isBlank() ? "the gateway gave no message" : text.strip());
	}

	/**
	 * Return whether an error event has the error as an object named {@code error}, which
	 * is the shape that clients understand.
	 */
	static boolean isConventional(Event event) {
		JsonNode json = json(event.dataText());
		return json != null && json.path(ERROR).isObject() && GatewayErrorReader.read(json) != null;
	}

	/**
	 * Read an event without data. Older gateways report an error in a field named
	 * {@code error}, others write its JSON without any field. The standard wants both
	 * ignored.
	 * @return the error, {@code null} if there is none
	 */
	static @Nullable GatewayError readWithoutData(Event event) {
		String block = event.blockText().strip();
		if (block.startsWith("{")) {
			return GatewayErrorReader.read(block);
		}
		for (String line : block.split("\r\n|\r|\n")) {
			if (line.startsWith("error:")) {
				String text = line.substring("error:".length()).strip();
				GatewayError read = GatewayErrorReader.read(text);
				return (read != null) ? read : plain(text);
			}
		}
		return null;
	}

	/**
	 * Make an error of a message alone.
	 */
	static GatewayError plain(String message) {
		return new GatewayError(message, null, null, null, 0);
	}

	/**
	 * Read a text that may be JSON.
	 * @return the JSON, {@code null} if it is plain text
	 */
	static @Nullable JsonNode json(String text) {
		try {
			return WireJson.mapper().readTree(text);
		}
		catch (JacksonException ex) {
			// plain text
			return null;
		}
	}

}
