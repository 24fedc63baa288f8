package ai.apertis.client.observation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts retries.
 */
public class RetryMeters implements RetryListener {

	private final MeterRegistry registry;

	/**
	 * Create meters.
	 * @param registry where to count
	 */
	public RetryMeters(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public void onRetry(String model, String errorType, boolean otherModel) {
		Counter.builder(otherModel ? "apertis.client.failovers" : "apertis.client.retries")
			.description(otherModel ? "Calls that ask another model after a failure"
					: "Calls that are repeated after a failure")
			.tag("gen_ai.request.model", model)
			.tag("error.type", errorType)
			.register(this.registry)
			.increment();
	}

}
