package ai.apertis.client.protocol;

import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.sse.Event;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads what tells about a response, or about an item of it, out of an event that may
 * repeat the whole answer: all else is passed over, and nothing of it is kept.
 */
final class ResponseScan {

	private static final JsonMapper JSON = WireJson.mapper();

	private boolean response;

	private @Nullable String id;

	private @Nullable String status;

	private @Nullable String incompleteReason;

	private boolean call;

	private @Nullable JsonNode usage;

	private @Nullable GatewayError error;

	private ResponseScan() {
	}

	/**
	 * Read the object that is a member of the event.
	 */
	static ResponseScan ofMember(Event event, String name) {
		ResponseScan scan = new ResponseScan();
		try (JsonParser parser = parser(event)) {
			if (parser.nextToken() == JsonToken.START_OBJECT) {
				for (String member = parser.nextName(); member != null; member = parser.nextName()) {
					JsonToken value = parser.nextToken();
					if (member.equals(name) && value == JsonToken.START_OBJECT) {
						scan.read(parser);
					}
					else {
						parser.skipChildren();
					}
				}
			}
		}
		return scan;
	}

	/**
	 * Read the object that is the event.
	 */
	static ResponseScan of(Event event) {
		ResponseScan scan = new ResponseScan();
		try (JsonParser parser = parser(event)) {
			if (parser.nextToken() == JsonToken.START_OBJECT) {
				scan.read(parser);
			}
		}
		return scan;
	}

	private static JsonParser parser(Event event) {
		return JSON.createParser(event.data(), event.dataStart(), event.dataEnd() - event.dataStart());
	}

	private void read(JsonParser parser) {
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			JsonToken value = parser.nextToken();
			switch (name) {
				case "object" -> this.response = "response".equals(text(parser));
				case "id" -> this.id = text(parser);
				case "status" -> this.status = text(parser);
				case "type" -> this.call |= isCall(text(parser));
				case "incomplete_details" -> {
					JsonNode details = parser.readValueAsTree();
					this.incompleteReason = details.path("reason").asString(null);
				}
				case "usage" -> {
					JsonNode told = parser.readValueAsTree();
					this.usage = told.isObject() ? told : null;
				}
				case "error" -> {
					ObjectNode wrapped = JSON.createObjectNode();
					wrapped.set("error", parser.readValueAsTree());
					this.error = GatewayErrorReader.read(wrapped);
				}
				case "output" -> readItems(parser, value);
				default -> parser.skipChildren();
			}
		}
	}

	private void readItems(JsonParser parser, JsonToken value) {
		if (value != JsonToken.START_ARRAY) {
			parser.skipChildren();
			return;
		}
		for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
			if (item == JsonToken.START_OBJECT) {
				readItem(parser);
			}
			else {
				parser.skipChildren();
			}
		}
	}

	private void readItem(JsonParser parser) {
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			JsonToken value = parser.nextToken();
			if (name.equals("type") && value == JsonToken.VALUE_STRING) {
				this.call |= isCall(parser.getString());
			}
			parser.skipChildren();
		}
	}

	/**
	 * The calls of tools that run at the client.
	 */
	private static boolean isCall(@Nullable String type) {
		return "function_call".equals(type) || "custom_tool_call".equals(type);
	}

	private static @Nullable String text(JsonParser parser) {
		String text = (parser.currentToken() == JsonToken.VALUE_STRING) ? parser.getString() : null;
		parser.skipChildren();
		return text;
	}

	boolean isResponse() {
		return this.response;
	}

	@Nullable String id() {
		return this.id;
	}

	@Nullable String status() {
		return this.status;
	}

	@Nullable String incompleteReason() {
		return this.incompleteReason;
	}

	boolean isCall() {
		return this.call;
	}

	@Nullable JsonNode usage() {
		return this.usage;
	}

	@Nullable GatewayError error() {
		return this.error;
	}

}
