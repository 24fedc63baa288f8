package ai.apertis.client.responses;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import org.springframework.util.Assert;

/**
 * Request for a response. Immutable.
 *
 * @param parameters the parameters by their names on the wire; a value is whatever
 * Jackson writes
 */
public record ResponseRequest(Map<String, Object> parameters) {

	private static final String MODEL = "model";

	public ResponseRequest {
		Assert.isTrue(parameters.containsKey("input"), "The request must have an input");
		parameters = Map.copyOf(parameters);
	}

	/**
	 * Create a request.
	 * @param input what is asked: a text, or a list of items
	 * @return the request
	 */
	public static ResponseRequest of(Object input) {
		return new ResponseRequest(Map.of("input", input));
	}

	/**
	 * Set the model.
	 * @param model the model's id
	 * @return the request
	 */
	public ResponseRequest model(String model) {
		return with(MODEL, model);
	}

	/**
	 * Return the model.
	 * @return its id, empty if the client's default is meant
	 */
	public Optional<String> model() {
		return Optional.ofNullable(this.parameters.get(MODEL)).map(Object::toString);
	}

	/**
	 * Set what the model is told before the input.
	 * @param instructions the text
	 * @return the request
	 */
	public ResponseRequest instructions(String instructions) {
		return with("instructions", instructions);
	}

	/**
	 * Set a parameter.
	 * @param name its name on the wire, such as {@code tools} or {@code reasoning}
	 * @param value its value
	 * @return the request
	 */
	public ResponseRequest with(String name, Object value) {
		Map<String, Object> all = new LinkedHashMap<>(this.parameters);
		all.put(name, value);
		return new ResponseRequest(all);
	}

	/**
	 * Return the names of the parameters, not what they say.
	 */
	@Override
	public String toString() {
		return "ResponseRequest[parameters=" + this.parameters.keySet() + "]";
	}

}
