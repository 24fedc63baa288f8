package ai.apertis.client.observation;

import java.math.BigDecimal;

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

	private static final double MILLION = 1_000_000;

	double of(Usage usage) {
		long cached = Math.min(usage.cachedInputTokens(), usage.inputTokens());
		BigDecimal cachedPrice = (this.cachedInput != null) ? this.cachedInput : this.input;
		return ((usage.inputTokens() - cached) * this.input.doubleValue() + cached * cachedPrice.doubleValue()
				+ usage.outputTokens() * this.output.doubleValue()) / MILLION;
	}

}
