package ai.apertis.client.observation;

import java.util.function.Function;

import ai.apertis.client.stream.ApiRequest;
import org.jspecify.annotations.Nullable;

/**
 * Data of a call that are known when it begins.
 *
 * @param request the request
 * @param server where it is sent to
 * @param parameters gives a parameter of the request by its name on the wire,
 * {@code null} if it is not set
 */
public record ObservedRequest(ApiRequest request, ServerAddress server, Function<String, @Nullable Object> parameters) {

	/**
	 * Return the model that is requested.
	 * @return the model's id, {@code null} if the request names none
	 */
	public @Nullable String model() {
		return this.request.model();
	}

	/**
	 * Return whether a stream is requested.
	 * @return whether the response is streamed
	 */
	public boolean streaming() {
		return this.request.isStreaming();
	}

	/**
	 * Return the body that is sent.
	 * @return its JSON, which must not be changed
	 */
	public byte[] json() {
		return this.request.json();
	}

	/**
	 * Return the model and the form of the response, not the prompt.
	 */
	@Override
	public String toString() {
		return "ObservedRequest[model=" + model() + ", streaming=" + streaming() + "]";
	}

}
