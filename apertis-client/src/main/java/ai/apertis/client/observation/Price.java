package ai.apertis.client.observation;

import java.math.BigDecimal;
import java.util.Map;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Price of a million tokens of a model.
 *
 * @param input of prompts
 * @param cachedInput of prompts that came from a cache, {@code null} for the same
 * @param output of completions, their reasoning included
 */
public record Price(BigDecimal input, @Nullable BigDecimal cachedInput, BigDecimal output) {

	/** The price of what costs nothing. */
	public static final Price FREE = new Price(BigDecimal.ZERO, null, BigDecimal.ZERO);

	private static final double MILLION = 1_000_000;

	private static final double BILLION = 1_000_000_000;

	/**
	 * Return the dearer of two prices, member by member.
	 * @param other the other price
	 * @return a price that is no lower than either
	 */
	public Price or(Price other) {
		return new Price(this.input.max(other.input), null, this.output.max(other.output));
	}

	/**
	 * Return what a prompt costs, no part of which comes from a cache.
	 * @param tokens the tokens of the prompt
	 * @return billionths of the currency, rounded up
	 */
	public long ofInput(long tokens) {
		return billionths(tokens * this.input.doubleValue() / MILLION);
	}

	/**
	 * Return what an answer costs.
	 * @param tokens the tokens of the answer
	 * @return billionths of the currency, rounded up
	 */
	public long ofOutput(long tokens) {
		return billionths(tokens * this.output.doubleValue() / MILLION);
	}

	/**
	 * Return what a call costs.
	 * @param usage what it has used
	 * @return billionths of the currency, rounded up
	 */
	public long ofUsage(Usage usage) {
		return billionths(of(usage));
	}

	private static long billionths(double cost) {
		// what is no more than an error of the arithmetic is no billionth
		return (long) Math.ceil(cost * BILLION - 1e-6);
	}

	/**
	 * Find the price of a call: that of the model that answered, else of the one that was
	 * asked.
	 */
	static @Nullable Price of(ChatObservationContext context, Map<String, Price> prices) {
		String responseModel = context.responseModel();
		Price price = (responseModel != null) ? prices.get(responseModel) : null;
		String requestModel = context.model();
		return (price == null && requestModel != null) ? prices.get(requestModel) : price;
	}

	double of(Usage usage) {
		long cached = Math.min(usage.cachedInputTokens(), usage.inputTokens());
		BigDecimal cachedPrice = (this.cachedInput != null) ? this.cachedInput : this.input;
		return ((usage.inputTokens() - cached) * this.input.doubleValue() + cached * cachedPrice.doubleValue()
				+ usage.outputTokens() * this.output.doubleValue()) / MILLION;
	}

}
