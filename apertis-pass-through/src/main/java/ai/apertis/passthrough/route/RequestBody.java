package ai.apertis.passthrough.route;

import java.io.ByteArrayOutputStream;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON object of a request, by its members: each is a slice of the bytes that came, or a
 * value that was set since. What is sent upstream is written from the members that were
 * read here, so that nothing is sent that was not seen. Immutable.
 * <p>
 * There is no tree of it, which would take many times its size; only of what is asked
 * for.
 */
public final class RequestBody {

	/** Numbers go upstream with all their digits. */
	static final JsonMapper JSON = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private static final int MAX_INSPECTED = 64 * 1024;

	private final Map<String, BodyMember> members;

	/**
	 * How many bytes came, all of which are kept as long as a member is a piece of them.
	 */
	private final int retained;

	RequestBody(Map<String, BodyMember> members, int retained) {
		this.members = members;
		this.retained = retained;
	}

	/**
	 * Return whether a member is there.
	 * @param name its name
	 * @return whether it is there
	 */
	public boolean has(String name) {
		return this.members.containsKey(name);
	}

	/**
	 * Read a member.
	 * @param name its name
	 * @return its value, {@code null} if it is not there
	 * @throws RefusedException if it is no JSON value, or larger than what is looked at
	 * can be, whose tree takes many times its size
	 */
	public @Nullable JsonNode get(String name) {
		BodyMember member = this.members.get(name);
		if (member == null) {
			return null;
		}
		if (member.size() > MAX_INSPECTED) {
			throw RequestReader.invalid(name, "The parameter '" + name + "' is too large");
		}
		return member.value();
	}

	/**
	 * Set a member, and remove whatever a gateway may take for it.
	 * @param name its name
	 * @param value its value, which must not be changed afterwards
	 * @return the body with it
	 */
	public RequestBody with(String name, JsonNode value) {
		Map<String, BodyMember> changed = new LinkedHashMap<>(this.members);
		changed.keySet().removeIf((other) -> !other.equals(name) && MemberNames.isSame(other, name));
		changed.put(name, new BodyMember.Value(value));
		return new RequestBody(changed, this.retained);
	}

	/**
	 * Set a member.
	 * @param name its name
	 * @param json the JSON of its value, which must be right and must not be changed
	 * afterwards
	 * @return the body with it
	 */
	public RequestBody with(String name, byte[] json) {
		Map<String, BodyMember> changed = new LinkedHashMap<>(this.members);
		changed.put(name, new BodyMember.Piece(json, 0, json.length));
		return new RequestBody(changed, this.retained);
	}

	/**
	 * Keep some members only.
	 * @param names their names
	 * @return the body without all others
	 */
	public RequestBody only(Collection<String> names) {
		Map<String, BodyMember> kept = new LinkedHashMap<>(this.members);
		kept.keySet().retainAll(names);
		// the bytes around them need not be kept
		kept.replaceAll((name, member) -> member.alone());
		return new RequestBody(kept, 0);
	}

	/**
	 * Count bytes that are kept besides those of the members.
	 * @param bytes the number of bytes
	 * @return the same body, which is larger by them
	 */
	public RequestBody besides(int bytes) {
		return new RequestBody(this.members, Math.max(this.retained, writtenSize()) + bytes);
	}

	/**
	 * Parse a member, for those who can do without a tree of all of it.
	 * @param name its name
	 * @return a parser to be closed, {@code null} if there is no such member
	 */
	public @Nullable JsonParser parser(String name) {
		BodyMember member = this.members.get(name);
		return (member != null) ? member.parser() : null;
	}

	/**
	 * Put elements behind all others of an array.
	 * @param name the name of the array
	 * @param elements the elements, which must not be changed afterwards
	 * @return the body with them
	 * @throws IllegalArgumentException if there is no such array
	 */
	public RequestBody withLast(String name, List<? extends JsonNode> elements) {
		RequestBody extended = extended(name, List.of(), List.copyOf(elements));
		if (extended == null) {
			throw new IllegalArgumentException("There is no array of the name " + name);
		}
		return extended;
	}

	/**
	 * Put an element behind all others of an array.
	 * @param name the name of the array
	 * @param element the element
	 * @return the body with it, {@code null} if there is no such array
	 */
	public @Nullable RequestBody withLastIfArray(String name, JsonNode element) {
		return extended(name, List.of(), List.of(element));
	}

	/**
	 * Put an element before all others of an array.
	 * @param name the name of the array
	 * @param element the element
	 * @return the body with it, {@code null} if there is no such array
	 */
	public @Nullable RequestBody withFirst(String name, JsonNode element) {
		return extended(name, List.of(element), List.of());
	}

	private @Nullable RequestBody extended(String name, List<JsonNode> first, List<JsonNode> last) {
		BodyMember member = this.members.get(name);
		if (member == null || !member.isArray()) {
			return null;
		}
		Map<String, BodyMember> changed = new LinkedHashMap<>(this.members);
		changed.put(name, new BodyMember.Extended(first, member, last));
		return new RequestBody(changed, this.retained);
	}

	/**
	 * Remove a member, and whatever a gateway may take for it.
	 * @param name its name
	 * @return the body without it
	 */
	public RequestBody without(String name) {
		Map<String, BodyMember> others = new LinkedHashMap<>(this.members);
		others.keySet().removeIf((other) -> MemberNames.isSame(other, name));
		return new RequestBody(others, this.retained);
	}

	/**
	 * Read all members.
	 * @return a copy of the JSON
	 * @throws RefusedException if one is no JSON value
	 */
	public ObjectNode tree() {
		ObjectNode tree = JSON.createObjectNode();
		this.members.forEach((name, member) -> tree.set(name, member.value().deepCopy()));
		return tree;
	}

	/**
	 * Write the body.
	 * @return its JSON
	 */
	public byte[] write() {
		ByteArrayOutputStream out = new ByteArrayOutputStream(writtenSize());
		out.write('{');
		this.members.forEach((name, member) -> {
			if (out.size() > 1) {
				out.write(',');
			}
			out.write('"');
			out.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(name));
			out.write('"');
			out.write(':');
			member.write(out);
		});
		out.write('}');
		return out.toByteArray();
	}

	/**
	 * Return about how much memory the body takes.
	 * @return the number of bytes
	 */
	public int size() {
		return Math.max(this.retained, writtenSize());
	}

	private int writtenSize() {
		int size = 2;
		for (Map.Entry<String, BodyMember> member : this.members.entrySet()) {
			size += member.getKey().length() + member.getValue().size() + 4;
		}
		return size;
	}

}
