package ai.apertis.client.observation;

import ai.apertis.client.chat.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;

/**
 * Counts tokens under the name and the tags of Spring AI as well, for existing
 * dashboards. Its type {@code total} counts every token twice in a sum.
 */
public class SpringAiTokenUsageObservationHandler implements ObservationHandler<ChatObservationContext> {

	private final MeterRegistry registry;

	/**
	 * Create a handler.
	 * @param registry where to count
	 */
	public SpringAiTokenUsageObservationHandler(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ChatObservationContext;
	}

	@Override
	public void onStop(ChatObservationContext context) {
		Usage usage = context.usage();
		if (usage != null) {
			String responseModel = context.responseModel();
			Tags tags = Tags.of("gen_ai.operation.name", "chat", "gen_ai.system", "apertis", "gen_ai.request.model",
					context.requestModel(), "gen_ai.response.model", (responseModel != null) ? responseModel : "none");
			count("input", tags, usage.inputTokens());
			count("output", tags, usage.outputTokens());
			count("total", tags, usage.inputTokens() + usage.outputTokens());
		}
	}

	private void count(String type, Tags tags, long tokens) {
		Counter.builder("gen_ai.client.token.usage")
			.description("Measures number of input and output tokens used")
			.tags(tags)
			.tag("gen_ai.token.type", type)
			.register(this.registry)
			.increment(tokens);
	}

}
