package ai.apertis.passthrough;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client's request, which is within the limits of the properties. Immutable: each
 * {@code with} method returns a request with one thing changed. Made by the pass-through,
 * not to be implemented by applications.
 */
public interface PassThroughRequest {

	/**
	 * Return who has sent the request.
	 * @return the sender
	 */
	Caller caller();

	/**
	 * Return the user who has sent the request.
	 * @return what the {@link PassThroughUserResolver} says, {@code null} for an
	 * anonymous sender
	 */
	@Nullable String user();

	/**
	 * Return the model that is requested.
	 * @return the model's id
	 */
	String model();

	/**
	 * Return all models that may answer: the gateway asks others too if a request names
	 * them.
	 * @return the ids of the requested model, of fallbacks, and of the one that
	 * compresses
	 */
	List<String> models();

	/**
	 * Return whether the response is to be streamed. No policy can change that.
	 * @return whether it is
	 */
	boolean isStreaming();

	/**
	 * Return the request's JSON, which is read for this: it takes many times the memory
	 * of the body.
	 * @return a copy of it
	 * @throws RefusedException if it is no JSON after all
	 */
	ObjectNode json();

	/**
	 * Request another model.
	 * @param model the model's id
	 * @return a request for it
	 */
	PassThroughRequest withModel(String model);

	/**
	 * Put a system message before all messages of the client, who cannot remove it.
	 * @param text the message
	 * @return a request with it
	 * @throws RefusedException if the request has no list of messages
	 */
	PassThroughRequest withSystemMessage(String text);

	/**
	 * Set a parameter, whatever the client has set.
	 * @param name the parameter's name on the wire
	 * @param value its value, which must not be changed afterwards
	 * @return a request with it
	 */
	PassThroughRequest with(String name, JsonNode value);

	/**
	 * Remove a parameter.
	 * @param name the parameter's name on the wire
	 * @return a request without it
	 */
	PassThroughRequest without(String name);

}
