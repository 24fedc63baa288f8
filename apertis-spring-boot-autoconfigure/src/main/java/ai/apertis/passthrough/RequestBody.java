package ai.apertis.passthrough;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON object of a request, by its members: each is a piece of the bytes that came,
 * or a value that was set since. What is sent upstream is written from the members that
 * were read here, so that nothing goes up that was not seen. Immutable.
 * <p>
 * There is no tree of it, which would take many times its size; only of what is asked
 * for.
 */
final class RequestBody {

	private static final JsonMapper JSON = JsonMapper.builder()
		// numbers go upstream with all their digits
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private static final int BYTE_ORDER_MARK = 3;

	private static final int MAX_INSPECTED = 64 * 1024;

	/** What a policy may look into, and a gateway decodes name by name. */
	private static final Set<String> LOOKED_INTO = Set.of("messages", "tools", "functions");

	/** Where the names are the application's own. */
	private static final Set<String> SCHEMAS = Set.of("parameters", "input_schema", "schema", "input", "headers",
			"metadata");

	private final Map<String, Member> members;

	/**
	 * How many bytes came, all of which are kept as long as a member is a piece of them.
	 */
	private final int retained;

	private RequestBody(Map<String, Member> members, int retained) {
		this.members = members;
		this.retained = retained;
	}

	/**
	 * Return what reads bodies within the rules.
	 */
	static JsonMapper reader(RequestRules rules) {
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
	 * @param reader reads within the rules
	 * @param rules how deep and how large it may be
	 * @param names the names that must not be mistaken
	 * @return the body
	 * @throws RefusedException if it is no JSON object, or not within the rules
	 */
	static RequestBody read(byte[] body, JsonMapper reader, RequestRules rules, MemberNames names) {
		int start = start(body);
		try (JsonParser parser = reader.createParser(body, start, body.length - start)) {
			return new RequestBody(members(parser, body, start, names), body.length);
		}
		catch (StreamConstraintsException ex) {
			throw refusal(String.valueOf(ex.getMessage()), rules);
		}
		catch (JacksonException | NumberFormatException | ArithmeticException ex) {
			// said below: the parser's message may quote the prompt
			throw RefusedException.notJson();
		}
	}

	private static RefusedException refusal(String message, RequestRules rules) {
		if (message.contains("nesting")) {
			return RefusedException.nestedTooDeep(rules.maxDepth());
		}
		return message.contains("Token count") ? RefusedException.tooManyValues(rules.maxValues())
				: RefusedException.notJson();
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
				throw RefusedException.notJson();
			}
		}
		return start;
	}

	private static Map<String, Member> members(JsonParser parser, byte[] body, int offset, MemberNames names) {
		if (parser.nextToken() != JsonToken.START_OBJECT) {
			throw RefusedException.notJson();
		}
		Map<String, Member> members = new LinkedHashMap<>();
		Map<String, String> before = new HashMap<>();
		while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
			String name = parser.currentName();
			names.requireUnmistakable(name, before);
			parser.nextToken();
			int start = offset + (int) parser.currentTokenLocation().getByteOffset();
			if (LOOKED_INTO.contains(name)) {
				lookInto(parser, names);
			}
			else {
				skip(parser);
			}
			members.put(name, new Piece(body, start, offset + (int) parser.currentLocation().getByteOffset()));
		}
		if (parser.nextToken() != null) {
			throw RefusedException.notJson();
		}
		return members;
	}

	/**
	 * To the end of the value, with a look at the names in it.
	 */
	private static void lookInto(JsonParser parser, MemberNames names) {
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
				names.requireUnmistakableInside(parser.currentName(), before);
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
			throw RefusedException.notJson();
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

	/**
	 * Whether a member is there.
	 */
	boolean has(String name) {
		return this.members.containsKey(name);
	}

	/**
	 * Read a member.
	 * @param name its name
	 * @return its value, {@code null} if it is not there
	 * @throws RefusedException if it is no JSON value, or larger than what is looked at
	 * can be, whose tree takes many times its size
	 */
	@Nullable JsonNode get(String name) {
		Member member = this.members.get(name);
		if (member == null) {
			return null;
		}
		if (member.size() > MAX_INSPECTED) {
			throw RefusedException.invalid(name, "The parameter '" + name + "' is too large");
		}
		return member.value();
	}

	/**
	 * Set a member, whatever a gateway may take for it.
	 */
	RequestBody with(String name, JsonNode value) {
		Map<String, Member> changed = new LinkedHashMap<>(this.members);
		changed.keySet().removeIf((other) -> !other.equals(name) && MemberNames.isSame(other, name));
		changed.put(name, new Value(value));
		return new RequestBody(changed, this.retained);
	}

	/**
	 * Put an element before all others of an array.
	 * @param name the name of the array
	 * @return the body with it, {@code null} if there is no such array
	 */
	@Nullable RequestBody withFirst(String name, JsonNode element) {
		Member member = this.members.get(name);
		if (member == null || !member.isArray()) {
			return null;
		}
		Map<String, Member> changed = new LinkedHashMap<>(this.members);
		changed.put(name, new Extended(element, member));
		return new RequestBody(changed, this.retained);
	}

	/**
	 * Take a member out, and whatever a gateway may take for it.
	 */
	RequestBody without(String name) {
		Map<String, Member> others = new LinkedHashMap<>(this.members);
		others.keySet().removeIf((other) -> MemberNames.isSame(other, name));
		return new RequestBody(others, this.retained);
	}

	/**
	 * Read all members.
	 * @throws RefusedException if one is no JSON value
	 */
	ObjectNode tree() {
		ObjectNode tree = JSON.createObjectNode();
		this.members.forEach((name, member) -> tree.set(name, member.value().deepCopy()));
		return tree;
	}

	/**
	 * Write the body.
	 */
	byte[] write() {
		ByteArrayOutputStream out = new ByteArrayOutputStream(writtenSize());
		out.write('{');
		this.members.forEach((name, member) -> {
			if (out.size() > 1) {
				out.write(',');
			}
			out.writeBytes(JSON.writeValueAsBytes(name));
			out.write(':');
			member.write(out);
		});
		out.write('}');
		return out.toByteArray();
	}

	/**
	 * About how many bytes it takes.
	 */
	int size() {
		return Math.max(this.retained, writtenSize());
	}

	private int writtenSize() {
		int size = 2;
		for (Map.Entry<String, Member> member : this.members.entrySet()) {
			size += member.getKey().length() + member.getValue().size() + 4;
		}
		return size;
	}

	/**
	 * The value of a member.
	 */
	private sealed interface Member {

		JsonNode value();

		boolean isArray();

		void write(ByteArrayOutputStream out);

		/**
		 * About how many bytes it takes.
		 */
		int size();

	}

	/**
	 * A piece of the bytes that came.
	 */
	private record Piece(byte[] bytes, int start, int end) implements Member {

		@Override
		public JsonNode value() {
			try {
				return JSON.readTree(this.bytes, this.start, size());
			}
			catch (JacksonException | NumberFormatException | ArithmeticException ex) {
				// the parser's message may quote the prompt
				throw RefusedException.notJson();
			}
		}

		@Override
		public boolean isArray() {
			return this.bytes[this.start] == '[';
		}

		@Override
		public void write(ByteArrayOutputStream out) {
			out.write(this.bytes, this.start, size());
		}

		@Override
		public int size() {
			return this.end - this.start;
		}

	}

	/**
	 * A value that was set.
	 */
	private record Value(JsonNode value) implements Member {

		private static final int USUAL_SIZE = 64;

		@Override
		public boolean isArray() {
			return this.value.isArray();
		}

		@Override
		public void write(ByteArrayOutputStream out) {
			out.writeBytes(JSON.writeValueAsBytes(this.value));
		}

		@Override
		public int size() {
			return USUAL_SIZE;
		}

	}

	/**
	 * An array with one more element before all others.
	 */
	private record Extended(JsonNode first, Member array) implements Member {

		@Override
		public JsonNode value() {
			return JSON.createArrayNode().add(this.first).addAll((ArrayNode) this.array.value());
		}

		@Override
		public boolean isArray() {
			return true;
		}

		@Override
		public void write(ByteArrayOutputStream out) {
			ByteArrayOutputStream others = new ByteArrayOutputStream(this.array.size());
			this.array.write(others);
			byte[] written = others.toByteArray();
			out.write('[');
			out.writeBytes(JSON.writeValueAsBytes(this.first));
			int next = 1;
			while (Character.isWhitespace(written[next])) {
				next++;
			}
			if (written[next] != ']') {
				out.write(',');
			}
			out.write(written, next, written.length - next);
		}

		@Override
		public int size() {
			return this.array.size() + Value.USUAL_SIZE;
		}

	}

}
