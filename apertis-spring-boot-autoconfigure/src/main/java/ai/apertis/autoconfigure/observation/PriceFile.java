package ai.apertis.autoconfigure.observation;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

import ai.apertis.autoconfigure.PropertyChecks;
import ai.apertis.client.observation.Price;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.Resource;

/**
 * Reads prices in the form of <a href="https://models.dev/api.json">models.dev</a>: a
 * list of providers, each with its models, and what a million tokens of these cost. Where
 * several providers have a model the dearest price counts.
 */
final class PriceFile {

	private static final PropertyChecks CHECKS = PropertyChecks.below("apertis.metrics");

	private PriceFile() {
	}

	static Map<String, Price> read(Resource location) {
		Map<String, Price> prices = new HashMap<>();
		for (JsonNode provider : json(location)) {
			provider.path("models").properties().forEach((model) -> {
				Price price = price(model.getValue().path("cost"));
				if (price != null) {
					prices.merge(model.getKey(), price, PriceFile::dearer);
				}
			});
		}
		if (prices.isEmpty()) {
			CHECKS.refuse("prices-location", location, "There are no prices in it, in the form of models.dev.");
		}
		return prices;
	}

	private static JsonNode json(Resource location) {
		try (InputStream in = location.getInputStream()) {
			return JsonMapper.shared().readTree(in);
		}
		catch (IOException | JacksonException ex) {
			CHECKS.refuse("prices-location", location, "It cannot be read: " + ex.getMessage());
			throw new IllegalStateException(ex);
		}
	}

	private static @Nullable Price price(JsonNode cost) {
		JsonNode input = cost.path("input");
		JsonNode output = cost.path("output");
		JsonNode cached = cost.path("cache_read");
		if (!input.isNumber() || !output.isNumber()) {
			return null;
		}
		return new Price(input.decimalValue(), cached.isNumber() ? cached.decimalValue() : null, output.decimalValue());
	}

	private static Price dearer(Price first, Price second) {
		return (sum(first).compareTo(sum(second)) >= 0) ? first : second;
	}

	private static BigDecimal sum(Price price) {
		return price.input().add(price.output());
	}

}
