package ai.apertis.client.observation;

import java.util.Map;

import ai.apertis.client.chat.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;

/**
 * Counts the tokens of chat calls by modality, estimates separately. There is no total,
 * as it would count every token twice in a sum.
 */
public class TokenUsageObservationHandler implements ObservationHandler<ChatObservationContext> {

	private static final String PREFIX = "gen_ai.client.inference.usage.";

	private final MeterProvider<Counter> input;

	private final MeterProvider<Counter> output;

	private final MeterProvider<Counter> cachedInput;

	private final MeterProvider<Counter> cacheWriteInput;

	private final MeterProvider<Counter> reasoningOutput;

	/**
	 * Create a handler.
	 * @param registry where to count
	 */
	public TokenUsageObservationHandler(MeterRegistry registry) {
		this.input = counter("input_tokens", "Tokens of prompts", registry);
		this.output = counter("output_tokens", "Tokens of completions", registry);
		this.cachedInput = counter("cache_read.input_tokens", "Input tokens that came from a cache", registry);
		this.cacheWriteInput = counter("cache_write.input_tokens", "Input tokens that were written to a cache",
				registry);
		this.reasoningOutput = counter("reasoning.output_tokens", "Output tokens that were spent on reasoning",
				registry);
	}

	private static MeterProvider<Counter> counter(String name, String description, MeterRegistry registry) {
		return Counter.builder(PREFIX + name).description(description).baseUnit("tokens").withRegistry(registry);
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
		Map<String, Long> prompt = TokenModalities.ofInput(usage);
		count(this.input, tags, prompt);
		count(this.output, tags, TokenModalities.ofOutput(usage));
		count(this.cachedInput, tags, TokenModalities.ofCache(usage.cachedInputTokens(), prompt));
		count(this.cacheWriteInput, tags, TokenModalities.ofCache(usage.cacheWriteInputTokens(), prompt));
		count(this.reasoningOutput, tags, TokenModalities.ofReasoning(usage.reasoningOutputTokens()));
	}

	private static void count(MeterProvider<Counter> counter, Tags tags, Map<String, Long> tokens) {
		tokens.forEach(
				(modality, count) -> counter.withTags(tags.and("gen_ai.token.modality", modality)).increment(count));
	}

}
