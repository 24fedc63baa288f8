package ai.apertis.passthrough.route;

import java.util.List;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Base class for requests whose body is a JSON object that names a model.
 */
public abstract class JsonRequest implements RoutedRequest {

	private static final String MODEL = "model";

	private final Caller caller;

	private final @Nullable String user;

	private final RequestBody body;

	/**
	 * Create a request.
	 * @param caller who has sent it
	 * @param user the user, {@code null} for an anonymous sender
	 * @param body the body
	 */
	protected JsonRequest(Caller caller, @Nullable String user, RequestBody body) {
		this.caller = caller;
		this.user = user;
		this.body = body;
	}

	/**
	 * Return this request with another body.
	 * @param body the body
	 * @return the request
	 */
	protected abstract PassThroughRequest with(RequestBody body);

	/**
	 * Return the body.
	 * @return the body as it is now
	 */
	protected final RequestBody body() {
		return this.body;
	}

	@Override
	public final Caller caller() {
		return this.caller;
	}

	@Override
	public final @Nullable String user() {
		return this.user;
	}

	@Override
	public String model() {
		JsonNode model = this.body.get(MODEL);
		return (model != null) ? model.asString("") : "";
	}

	@Override
	public List<String> models() {
		return RequestedModels.in(this.body).stream().map((model) -> model.id().asString("")).distinct().toList();
	}

	@Override
	public @Nullable JsonNode parameter(String name) {
		try {
			JsonNode value = this.body.get(name);
			return (value == null || value.isNull()) ? null : value;
		}
		catch (RefusedException ex) {
			// a number beyond all bounds, which the gateway may refuse
			return null;
		}
	}

	@Override
	public ObjectNode json() {
		return this.body.tree();
	}

	@Override
	public int size() {
		return this.body.size();
	}

	@Override
	public PassThroughRequest withModel(String model) {
		return with(MODEL, StringNode.valueOf(model));
	}

	/**
	 * Refuses the request, unless overridden: a policy that relies on its message must
	 * not be passed by.
	 */
	@Override
	public PassThroughRequest withSystemMessage(String text) {
		throw RefusedException.of(400, "unsupported_request", "A system message cannot be added to this request");
	}

	@Override
	public PassThroughRequest with(String name, JsonNode value) {
		return with(this.body.with(name, value));
	}

	@Override
	public PassThroughRequest without(String name) {
		return with(this.body.without(name));
	}

	/**
	 * Return the model and the user, not the prompt.
	 */
	@Override
	public String toString() {
		return getClass().getSimpleName() + "[model=" + model() + ", user=" + this.user + ", streaming=" + isStreaming()
				+ "]";
	}

}
