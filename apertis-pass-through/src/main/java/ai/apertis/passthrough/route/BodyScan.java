package ai.apertis.passthrough.route;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * One pass over the body of a request: finds its members, and looks at every name that
 * rules depend on.
 */
final class BodyScan {

	private static final int BYTE_ORDER_MARK = 3;

	/** What a policy may look into, and a gateway decodes name by name. */
	private static final Set<String> LOOKED_INTO = Set.of("messages", "tools", "functions");

	/** Where the names are the application's own. */
	private static final Set<String> SCHEMAS = Set.of("parameters", "input_schema", "schema", "input", "headers",
			"metadata");

	private final JsonMapper mapper;

	private final RequestRules rules;

	private final MemberNames names;

	/**
	 * Create a pass.
	 * @param mapper parses within the rules
	 * @param rules how deep and how large a body may be
	 * @param names the names that must not be mistaken
	 */
	BodyScan(JsonMapper mapper, RequestRules rules, MemberNames names) {
		this.mapper = mapper;
		this.rules = rules;
		this.names = names;
	}

	/**
	 * Return the mapper that parses bodies within the rules.
	 */
	static JsonMapper mapper(RequestRules rules) {
		return JsonMapper
			.builder(JsonFactory.builder()
				.streamReadConstraints(StreamReadConstraints.builder()
					.maxNestingDepth(rules.maxDepth())
					.maxTokenCount(rules.maxValues())
					.build())
				.build())
			.build();
	}

	/**
	 * Read a body.
	 * @param body its bytes
	 * @param translated the names of members of which nothing goes upstream as it came
	 * @return the body
	 * @throws RefusedException if it is no JSON object, or not within the rules
	 */
	RequestBody read(byte[] body, Set<String> translated) {
		int start = start(body);
		try (JsonParser parser = this.mapper.createParser(body, start, body.length - start)) {
			return new RequestBody(members(parser, body, start, translated), body.length);
		}
		catch (StreamConstraintsException ex) {
			throw refusal(String.valueOf(ex.getMessage()));
		}
		catch (JacksonException ex) {
			throw InvalidBody.unreadable(ex);
		}
		catch (NumberFormatException | ArithmeticException ex) {
			throw InvalidBody.outOfRange();
		}
	}

	private RefusedException refusal(String message) {
		if (message.contains("nesting")) {
			return RefusedException.of(400, "request_too_deep",
					"The body must not be nested deeper than " + this.rules.maxDepth() + " levels");
		}
		return message.contains("Token count")
				? RefusedException.of(400, "request_too_complex",
						"The body must not have more than " + this.rules.maxValues() + " names, values and brackets")
				: InvalidBody.outOfRange();
	}

	/**
	 * Only UTF-8 can be cut into pieces, and is JSON between systems (RFC 8259, section
	 * 8.1).
	 */
	private static int start(byte[] body) {
		boolean marked = body.length >= BYTE_ORDER_MARK && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB
				&& body[2] == (byte) 0xBF;
		int start = marked ? BYTE_ORDER_MARK : 0;
		for (int i = start; i < Math.min(body.length, start + 4); i++) {
			if (body[i] == 0 || body[i] == (byte) 0xFE || body[i] == (byte) 0xFF) {
				throw InvalidBody.notUtf8();
			}
		}
		return start;
	}

	private Map<String, BodyMember> members(JsonParser parser, byte[] body, int offset, Set<String> translated) {
		JsonToken first = parser.nextToken();
		if (first != JsonToken.START_OBJECT) {
			throw InvalidBody.notAnObject(first);
		}
		Map<String, BodyMember> members = new LinkedHashMap<>();
		Map<String, String> before = new HashMap<>();
		while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
			String name = parser.currentName();
			this.names.requireUnmistakable(name, before);
			parser.nextToken();
			int start = offset + (int) parser.currentTokenLocation().getByteOffset();
			if (LOOKED_INTO.contains(name) && !translated.contains(name)) {
				lookInto(parser);
			}
			else {
				skip(parser);
			}
			members.put(name,
					new BodyMember.Piece(body, start, offset + (int) parser.currentLocation().getByteOffset()));
		}
		if (parser.nextToken() != null) {
			throw InvalidBody.continued(parser.currentTokenLocation());
		}
		return members;
	}

	/**
	 * To the end of the value, with a look at the names in it.
	 */
	private void lookInto(JsonParser parser) {
		Deque<Map<String, String>> objects = new ArrayDeque<>();
		JsonToken token = parser.currentToken();
		parser.finishToken();
		int depth = look(parser, token);
		while (true) {
			if (token == JsonToken.START_OBJECT) {
				objects.push(new HashMap<>(4));
			}
			else if (token == JsonToken.END_OBJECT) {
				objects.poll();
			}
			if (depth == 0) {
				return;
			}
			token = parser.nextToken();
			depth += look(parser, token);
			Map<String, String> before = objects.peek();
			if (token == JsonToken.PROPERTY_NAME && before != null) {
				this.names.requireUnmistakableInside(parser.currentName(), before);
				if (SCHEMAS.contains(parser.currentName())) {
					parser.nextToken();
					skip(parser);
				}
			}
		}
	}

	/**
	 * To the end of the value.
	 */
	private static void skip(JsonParser parser) {
		JsonToken token = parser.currentToken();
		parser.finishToken();
		int depth = look(parser, token);
		while (depth > 0) {
			depth += look(parser, parser.nextToken());
		}
	}

	/**
	 * Look at a token. What is inside of strings is passed over, not kept.
	 * @return how much deeper it leads
	 */
	private static int look(JsonParser parser, @Nullable JsonToken token) {
		if (token == null) {
			throw InvalidBody.cutShort(parser.currentLocation());
		}
		if (token.isNumeric()) {
			parser.finishToken();
		}
		if (token == JsonToken.VALUE_NUMBER_FLOAT) {
			// fails beyond all bounds
			parser.getDecimalValue();
		}
		return token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
	}

}
