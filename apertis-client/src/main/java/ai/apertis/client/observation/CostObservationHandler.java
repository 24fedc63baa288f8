package ai.apertis.client.observation;

import java.util.Map;

import ai.apertis.client.chat.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;

/**
 * Counts the cost of chat calls, by the prices that the application configures. Calls of
 * models without a price are not counted.
 */
public class CostObservationHandler implements ObservationHandler<ChatObservationContext> {

	private final MeterProvider<Counter> cost;

	private final Map<String, Price> prices;

	/**
	 * Create a handler.
	 * @param registry where to count
	 * @param prices the prices, by the models' ids
	 * @param currency the currency of the prices, such as {@code USD}
	 */
	public CostObservationHandler(MeterRegistry registry, Map<String, Price> prices, String currency) {
		this.cost = Counter.builder("apertis.cost")
			.description("What chat calls cost, by the configured prices")
			.tag("currency", currency)
			.withRegistry(registry);
		this.prices = Map.copyOf(prices);
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ChatObservationContext;
	}

	@Override
	public void onStop(ChatObservationContext context) {
		Usage usage = context.usage();
		Price price = Price.of(context, this.prices);
		if (usage != null && price != null) {
			this.cost.withTags(MeterTags.of(context).and("estimated", Boolean.toString(context.isEstimated())))
				.increment(price.of(usage));
		}
	}

}
