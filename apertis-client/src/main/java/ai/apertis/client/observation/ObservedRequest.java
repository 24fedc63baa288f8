package ai.apertis.client.observation;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a call when it begins.
 *
 * @param model the model that is asked, {@code null} if the request names none
 * @param streaming whether the answer is streamed
 * @param json the body that is sent, which must not be changed
 * @param server where it is sent to
 * @param parameters gives a parameter of the request by its name on the wire,
 * {@code null} if it is not set
 */
public record ObservedRequest(@Nullable String model, boolean streaming, byte[] json, ServerAddress server,
		Function<String, @Nullable Object> parameters) {

	/**
	 * Tells the model, not the prompt.
	 */
	@Override
	public String toString() {
		return "ObservedRequest[model=" + this.model + ", streaming=" + this.streaming + "]";
	}

}
