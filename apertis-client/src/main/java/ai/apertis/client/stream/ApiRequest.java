package ai.apertis.client.stream;

import java.lang.ref.SoftReference;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request to an endpoint of the gateway. Its JSON is written once, and parsed only if
 * something in it has to change, at most once. Immutable, and safe for use by several
 * threads.
 */
public final class ApiRequest {

	private static final String MODEL = "model";

	/** Numbers go upstream with all their digits. */
	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private final String path;

	private final ApiProtocol protocol;

	private final @Nullable String model;

	private final int choices;

	private final boolean streaming;

	private final byte[] json;

	/**
	 * A tree takes many times the memory of the bytes, and is needed for a moment only.
	 */
	private volatile SoftReference<ObjectNode> members = new SoftReference<>(null);

	/**
	 * Create a request for one choice.
	 * @param path the endpoint's path below the base URL
	 * @param protocol the protocol in which the endpoint answers
	 * @param model the model in the JSON, {@code null} if it names none
	 * @param streaming whether it requests a stream
	 * @param json the body, which must not be changed any more
	 */
	public ApiRequest(String path, ApiProtocol protocol, @Nullable String model, boolean streaming, byte[] json) {
		this(path, protocol, model, 1, streaming, json);
	}

	/**
	 * Create a request.
	 * @param path the endpoint's path below the base URL
	 * @param protocol the protocol in which the endpoint answers
	 * @param model the model in the JSON, {@code null} if it names none
	 * @param choices how many choices it requests
	 * @param streaming whether it requests a stream
	 * @param json the body, which must not be changed any more
	 */
	public ApiRequest(String path, ApiProtocol protocol, @Nullable String model, int choices, boolean streaming,
			byte[] json) {
		this.path = path;
		this.protocol = protocol;
		this.model = model;
		this.choices = choices;
		this.streaming = streaming;
		this.json = json;
	}

	/**
	 * Return where the request is sent to.
	 * @return the path below the base URL
	 */
	public String path() {
		return this.path;
	}

	/**
	 * Return the protocol in which the endpoint answers.
	 * @return the protocol
	 */
	public ApiProtocol protocol() {
		return this.protocol;
	}

	/**
	 * Return the model that is requested.
	 * @return the model's id, {@code null} if the request names none
	 */
	public @Nullable String model() {
		return this.model;
	}

	/**
	 * Return how many choices are requested.
	 * @return the number of choices
	 */
	public int choices() {
		return this.choices;
	}

	/**
	 * Return whether a stream is requested.
	 * @return whether the response is streamed
	 */
	public boolean isStreaming() {
		return this.streaming;
	}

	/**
	 * Return the body.
	 * @return its JSON, which must not be changed
	 */
	public byte[] json() {
		return this.json;
	}

	/**
	 * Return the members of the body.
	 * @return the members, which must not be changed
	 */
	public ObjectNode members() {
		ObjectNode members = this.members.get();
		if (members == null) {
			members = (ObjectNode) JSON.readTree(this.json);
			this.members = new SoftReference<>(members);
		}
		return members;
	}

	/**
	 * Read one member of the body, without a tree of the others.
	 * @param name its name
	 * @return its value, {@code null} if it is not there
	 */
	public @Nullable JsonNode member(String name) {
		try (JsonParser parser = JSON.createParser(this.json)) {
			parser.nextToken();
			for (String member = parser.nextName(); member != null; member = parser.nextName()) {
				parser.nextToken();
				if (member.equals(name)) {
					return parser.readValueAsTree();
				}
				parser.skipChildren();
			}
			return null;
		}
	}

	/**
	 * Return the same request to another model.
	 * @param model the model's id
	 * @return the request
	 */
	public ApiRequest withModel(String model) {
		return with(model, (members) -> members.put(MODEL, model));
	}

	/**
	 * Return the same request with other members.
	 * @param change changes the members, but neither the model nor what is inside a
	 * member
	 * @return the request
	 */
	public ApiRequest with(Consumer<ObjectNode> change) {
		return with(this.model, change);
	}

	private ApiRequest with(@Nullable String model, Consumer<ObjectNode> change) {
		ObjectNode changed = JSON.createObjectNode();
		changed.setAll(members());
		change.accept(changed);
		return new ApiRequest(this.path, this.protocol, model, this.choices, this.streaming,
				JSON.writeValueAsBytes(changed));
	}

	/**
	 * Return where the request goes, not what it says.
	 */
	@Override
	public String toString() {
		return "ApiRequest[path=" + this.path + ", model=" + this.model + ", streaming=" + this.streaming + "]";
	}

}
