package ai.apertis.client.observation;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.sse.Outcome;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a chat call. What only the end tells is set just before the
 * observation stops.
 */
public class ChatObservationContext extends Observation.Context {

	private final @Nullable String model;

	private volatile String requestModel = KnownModels.OTHER;

	private volatile @Nullable String responseModel;

	private volatile @Nullable Outcome outcome;

	private volatile @Nullable Usage usage;

	private volatile boolean estimated = true;

	/**
	 * Create a context.
	 * @param model the model that is asked, as the request names it, {@code null} if it
	 * names none
	 */
	public ChatObservationContext(@Nullable String model) {
		this.model = model;
	}

	/**
	 * Return the model that is asked, as the request names it. Whoever writes the request
	 * decides what it is: it is nothing for a meter's tag.
	 * @return the model's id, {@code null} if the request names none
	 */
	public @Nullable String model() {
		return this.model;
	}

	/**
	 * Return the model that is asked, fit for a meter's tag.
	 * @return the model's id, {@code other} if the gateway has not shown to know it
	 */
	public String requestModel() {
		return this.requestModel;
	}

	/**
	 * Return the model that answered.
	 * @return the model's id, {@code null} if nothing answered
	 */
	public @Nullable String responseModel() {
		return this.responseModel;
	}

	/**
	 * Return how the call ended.
	 * @return the outcome, {@code null} before the end
	 */
	public @Nullable Outcome outcome() {
		return this.outcome;
	}

	/**
	 * Return the usage that the gateway told.
	 * @return the usage, {@code null} if it told none: unknown, not zero
	 */
	public @Nullable Usage usage() {
		return this.usage;
	}

	/**
	 * Return whether the usage may be less than what the gateway bills, as the stream was
	 * not read to its end.
	 * @return whether the usage is an estimate
	 */
	public boolean isEstimated() {
		return this.estimated;
	}

	void asked(String requestModel) {
		this.requestModel = requestModel;
	}

	void answeredBy(String responseModel) {
		this.responseModel = responseModel;
	}

	void ended(Outcome outcome, @Nullable Usage usage, boolean estimated) {
		this.outcome = outcome;
		this.usage = usage;
		this.estimated = estimated;
	}

}
