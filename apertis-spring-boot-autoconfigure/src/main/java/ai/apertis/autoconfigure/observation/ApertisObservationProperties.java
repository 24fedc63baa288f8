package ai.apertis.autoconfigure.observation;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import ai.apertis.client.observation.ModelPrices;
import ai.apertis.client.observation.Price;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;

/**
 * Properties of the observation of chat calls.
 *
 * @param compatibility Comma-separated list of further meters, for dashboards that are
 * made for them.
 * @param tokenizer Whether the tokens of calls whose usage the gateway did not tell are
 * counted by JTokkit, if that is on the classpath. Answers are kept in memory until they
 * end.
 * @param currency Currency of the prices.
 * @param pricesLocation File with the prices of models, in the form of
 * "https://models.dev/api.json".
 * @param prices Prices of models, by their ids, to count what calls cost.
 * @param content Whether prompts and completions are kept for whoever watches.
 */
@ConfigurationProperties("apertis.metrics")
public record ApertisObservationProperties(@DefaultValue Set<Compatibility> compatibility,
		@DefaultValue("true") boolean tokenizer, @DefaultValue("USD") String currency,
		@Nullable Resource pricesLocation, @DefaultValue Map<String, ModelPrice> prices,
		@DefaultValue Content content) {

	/**
	 * Put the prices of models together: those of the file, and those of the properties
	 * on top.
	 */
	ModelPrices toPrices() {
		Map<String, Price> all = new HashMap<>();
		if (this.pricesLocation != null) {
			all.putAll(PriceFile.read(this.pricesLocation));
		}
		this.prices.forEach((model, price) -> all.put(model, price.toPrice()));
		return new ModelPrices(all);
	}

	/**
	 * Further meters.
	 */
	public enum Compatibility {

		/**
		 * The counter "gen_ai.client.token.usage" as Spring AI has it.
		 */
		SPRING_AI,

		/**
		 * The duration and the tokens of calls as the OpenTelemetry conventions named
		 * them up to version 1.41.
		 */
		OTEL_1_41

	}

	/**
	 * What a million tokens of a model cost.
	 *
	 * @param input Price of a million tokens of prompts.
	 * @param cachedInput Price of a million tokens of prompts that came from a cache. The
	 * same as other input unless set.
	 * @param output Price of a million tokens of completions.
	 */
	public record ModelPrice(@DefaultValue("0") BigDecimal input, @Nullable BigDecimal cachedInput,
			@DefaultValue("0") BigDecimal output) {

		Price toPrice() {
			return new Price(this.input, this.cachedInput, this.output);
		}

	}

	/**
	 * Whether prompts and completions are kept.
	 *
	 * @param spans Whether prompts and completions become attributes of spans.
	 * @param logs Whether prompts and completions are logged.
	 * @param maxLength Maximum number of characters of each text.
	 */
	public record Content(@DefaultValue("false") boolean spans, @DefaultValue("false") boolean logs,
			@DefaultValue("10000") int maxLength) {
	}

}
