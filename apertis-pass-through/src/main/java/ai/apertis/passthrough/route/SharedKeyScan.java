package ai.apertis.passthrough.route;

import java.util.Set;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * One pass over what a user says and the tools that he declares, for whatever belongs to
 * the owner of the key. Names are compared as gateways do that ignore case. Keeps
 * nothing, however large it is.
 */
final class SharedKeyScan {

	private static final int MAX_NAME_LENGTH = 64;

	/** What a tool takes: the names in it are the user's own. */
	private static final Set<String> SCHEMAS = Set.of("parameters", "input_schema", "schema", "format", "function");

	private final RequestRules models;

	private final SharedKeyRules rules;

	/** The types of tools that run at the client, each the beginning of a type. */
	private final Set<String> ownTools;

	/** Members in which everything is the user's own. */
	private final Set<String> opaque;

	/**
	 * Create a pass.
	 * @param models which models may be asked
	 * @param rules what is allowed
	 * @param ownTools the types of tools that run at the client, each the beginning of a
	 * type
	 * @param opaque members in which everything is the user's own
	 */
	SharedKeyScan(RequestRules models, SharedKeyRules rules, Set<String> ownTools, Set<String> opaque) {
		this.models = models;
		this.rules = rules;
		this.ownTools = ownTools;
		this.opaque = opaque;
	}

	/**
	 * Look at what a user says.
	 * @throws RefusedException if there is something that he may not use
	 */
	void content(RequestBody body, String name) {
		try (JsonParser parser = body.parser(name)) {
			if (parser != null) {
				JsonToken first = parser.nextToken();
				if (first == JsonToken.START_ARRAY) {
					items(parser);
				}
				else {
					value(parser, name);
				}
			}
		}
	}

	/**
	 * An item that has nothing but an id refers to one that is kept.
	 */
	private void items(JsonParser parser) {
		for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
			if (item == JsonToken.START_OBJECT) {
				object(parser, true);
			}
			else {
				value(parser, "");
			}
		}
	}

	private void object(JsonParser parser, boolean item) {
		boolean id = false;
		boolean more = false;
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			JsonToken value = parser.nextToken();
			boolean isId = MemberNames.isSame(name, "id");
			id |= isId;
			more |= !isId && value != JsonToken.VALUE_NULL;
			member(parser, name, value);
		}
		if (item && id && !more) {
			this.rules.require("item_reference");
		}
	}

	private void member(JsonParser parser, String name, JsonToken value) {
		if (MemberNames.isSame(name, "type") && value == JsonToken.VALUE_STRING) {
			if (MemberNames.isSame("item_reference", parser.getString())) {
				this.rules.require("item_reference");
			}
			return;
		}
		if (value != JsonToken.VALUE_NULL) {
			requireNotOwned(parser, name, value);
		}
		if (isOneOf(name, this.opaque)) {
			parser.skipChildren();
		}
		else if (MemberNames.isSame(name, "tools") && value == JsonToken.START_ARRAY) {
			tools(parser);
		}
		else {
			value(parser, name);
		}
	}

	private void requireNotOwned(JsonParser parser, String name, JsonToken value) {
		if (MemberNames.isSame(name, "file_id") || MemberNames.isSame(name, "file_ids")) {
			this.rules.require("file_id");
		}
		else if (MemberNames.isSame(name, "container_id")
				|| (MemberNames.isSame(name, "container") && value == JsonToken.VALUE_STRING)) {
			this.rules.require("container");
		}
		else if (!this.rules.remoteUrls() && value == JsonToken.VALUE_STRING && isUrl(name)
				&& !parser.getString().regionMatches(true, 0, "data:", 0, "data:".length())) {
			throw RequestReader.invalid(RequestReader.printable(name, MAX_NAME_LENGTH),
					"Images and files must be sent as data, not by their addresses");
		}
	}

	private static boolean isUrl(String name) {
		return MemberNames.isSame(name, "url") || MemberNames.isSame(name, "image_url")
				|| MemberNames.isSame(name, "file_url");
	}

	private void value(JsonParser parser, String name) {
		JsonToken token = parser.currentToken();
		if (token == JsonToken.START_OBJECT) {
			object(parser, false);
		}
		else if (token == JsonToken.START_ARRAY) {
			for (JsonToken element = parser.nextToken(); element != JsonToken.END_ARRAY; element = parser.nextToken()) {
				value(parser, name);
			}
		}
	}

	/**
	 * Look at the tools that a user declares.
	 * @throws RefusedException if there is one that he may not use
	 */
	void tools(RequestBody body, String name) {
		try (JsonParser parser = body.parser(name)) {
			if (parser == null) {
				return;
			}
			JsonToken first = parser.nextToken();
			if (first == JsonToken.START_ARRAY) {
				tools(parser);
			}
			else if (first != JsonToken.VALUE_NULL) {
				throw RequestReader.invalid(name, "The parameter '" + name + "' must be an array");
			}
		}
	}

	private void tools(JsonParser parser) {
		for (JsonToken tool = parser.nextToken(); tool != JsonToken.END_ARRAY; tool = parser.nextToken()) {
			if (tool == JsonToken.START_OBJECT) {
				tool(parser);
			}
			else {
				throw RequestReader.invalid("tools", "A tool must be an object");
			}
		}
	}

	private void tool(JsonParser parser) {
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			JsonToken value = parser.nextToken();
			if (MemberNames.isSame(name, "type")) {
				requireAllowed((value == JsonToken.VALUE_STRING) ? parser.getString() : null);
				parser.skipChildren();
			}
			else if (MemberNames.isSame(name, "model") && value == JsonToken.VALUE_STRING) {
				String model = parser.getString();
				if (!this.models.allows(model)) {
					throw RefusedException.modelNotAllowed(model).withParam("tools");
				}
			}
			else if (isOneOf(name, SCHEMAS)) {
				parser.skipChildren();
			}
			else {
				if (value != JsonToken.VALUE_NULL) {
					requireNoConnection(name);
				}
				member(parser, name, value);
			}
		}
	}

	private void requireNoConnection(String name) {
		if (MemberNames.isSame(name, "vector_store_ids")) {
			this.rules.require("vector_store_ids");
		}
		else if (MemberNames.isSame(name, "server_url") || MemberNames.isSame(name, "connector_id")) {
			this.rules.require("server_url");
		}
	}

	private void requireAllowed(@Nullable String type) {
		if (type == null || this.ownTools.stream().anyMatch((own) -> type.equals(own) || isVersionOf(type, own))
				|| this.rules.allowsTool(type)) {
			return;
		}
		throw RefusedException
			.of(400, "unsupported_tool",
					"The tool '" + RequestReader.printable(type, MAX_NAME_LENGTH)
							+ "' is run by the provider, and must not be used here")
			.withParam("tools");
	}

	/**
	 * The date of a tool stands behind its name.
	 */
	private static boolean isVersionOf(String type, String own) {
		return own.endsWith("_") && type.startsWith(own);
	}

	private static boolean isOneOf(String name, Set<String> names) {
		return names.stream().anyMatch((other) -> MemberNames.isSame(name, other));
	}

}
