package ai.apertis.client.observation;

import java.util.Map;

import ai.apertis.client.chat.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import org.jspecify.annotations.Nullable;

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
		Price price = price(context);
		if (usage != null && price != null) {
			this.cost.withTags(MeterTags.of(context).and("estimated", Boolean.toString(context.isEstimated())))
				.increment(price.of(usage));
		}
	}

	/**
	 * The model that answered is billed.
	 */
	private @Nullable Price price(ChatObservationContext context) {
		String responseModel = context.responseModel();
		Price price = (responseModel != null) ? this.prices.get(responseModel) : null;
		String requestModel = context.model();
		return (price == null && requestModel != null) ? this.prices.get(requestModel) : price;
	}

}
