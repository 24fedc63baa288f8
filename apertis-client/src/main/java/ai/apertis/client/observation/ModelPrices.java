package ai.apertis.client.observation;

import java.util.Map;

/**
 * Prices of models.
 *
 * @param byModel the prices, by the models' ids
 */
public record ModelPrices(Map<String, Price> byModel) {

	/** No model has a price. */
	public static final ModelPrices NONE = new ModelPrices(Map.of());

	public ModelPrices {
		byModel = Map.copyOf(byModel);
	}

}
