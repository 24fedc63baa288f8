package ai.apertis.client.observation;

/**
 * Hears of calls that are repeated.
 */
@FunctionalInterface
public interface RetryListener {

	/** Wants to know nothing. */
	RetryListener NONE = (model, errorType, otherModel) -> {
	};

	/**
	 * A call is repeated.
	 * @param model the model that has failed, fit for a meter's tag
	 * @param errorType why, as in the meters
	 * @param otherModel whether another model is asked now
	 */
	void onRetry(String model, String errorType, boolean otherModel);

}
