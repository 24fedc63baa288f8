package ai.apertis.client.observation;

/**
 * Callback for retries.
 */
@FunctionalInterface
public interface RetryListener {

	/** Wants to know nothing. */
	RetryListener NONE = (model, errorType, otherModel) -> {
	};

	/**
	 * A call is retried.
	 * @param model the model that has failed, fit for a meter's tag
	 * @param errorType why, as in the meters
	 * @param otherModel whether the next attempt requests another model
	 */
	void onRetry(String model, String errorType, boolean otherModel);

}
