package ai.apertis.client.observation;

import ai.apertis.client.chat.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;

/**
 * Counts the tokens of chat calls, those that are an estimate apart. There is no total,
 * as it would count every token twice in a sum.
 */
public class TokenUsageObservationHandler implements ObservationHandler<ChatObservationContext> {

	private static final String PREFIX = "gen_ai.client.inference.usage.";

	private final MeterRegistry registry;

	/**
	 * Create a handler.
	 * @param registry where to count
	 */
	public TokenUsageObservationHandler(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ChatObservationContext;
	}

	@Override
	public void onStop(ChatObservationContext context) {
		Usage usage = context.usage();
		if (usage == null) {
			return;
		}
		Tags tags = MeterTags.of(context).and("estimated", Boolean.toString(context.isEstimated()));
		count("input_tokens", "Tokens of prompts", tags, usage.inputTokens());
		count("output_tokens", "Tokens of completions", tags, usage.outputTokens());
		count("cache_read.input_tokens", "Input tokens that came from a cache", tags, usage.cachedInputTokens());
		count("reasoning.output_tokens", "Output tokens that were spent on reasoning", tags,
				usage.reasoningOutputTokens());
	}

	private void count(String name, String description, Tags tags, long tokens) {
		Counter.builder(PREFIX + name)
			.description(description)
			.baseUnit("tokens")
			.tags(tags)
			.register(this.registry)
			.increment(tokens);
	}

}
