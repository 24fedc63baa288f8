package ai.apertis.client.observation;

import ai.apertis.client.chat.Usage;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;

/**
 * Records chat calls under the names that the OpenTelemetry GenAI conventions had up to
 * 1.41 as well, for existing dashboards.
 */
public class EarlierNamesObservationHandler implements ObservationHandler<ChatObservationContext> {

	private static final int BUCKETS = 14;

	private final MeterRegistry registry;

	private final MeterProvider<Timer> duration;

	private final MeterProvider<DistributionSummary> tokens;

	/**
	 * Create a handler.
	 * @param registry where to measure
	 */
	public EarlierNamesObservationHandler(MeterRegistry registry) {
		this.registry = registry;
		this.duration = Timer.builder("gen_ai.client.operation.duration")
			.description("GenAI operation duration")
			.serviceLevelObjectives(ChunkTimingObservationHandler.BUCKETS)
			.withRegistry(registry);
		this.tokens = DistributionSummary.builder("gen_ai.client.token.usage")
			.description("Number of input and output tokens used")
			.serviceLevelObjectives(buckets())
			.withRegistry(registry);
	}

	/**
	 * The buckets of the conventions, powers of four.
	 */
	private static double[] buckets() {
		double[] buckets = new double[BUCKETS];
		for (int i = 0; i < BUCKETS; i++) {
			buckets[i] = Math.pow(4, i);
		}
		return buckets;
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ChatObservationContext;
	}

	@Override
	public void onStart(ChatObservationContext context) {
		context.put(this, Timer.start(this.registry));
	}

	@Override
	public void onStop(ChatObservationContext context) {
		Tags tags = MeterTags.of(context);
		Timer.Sample sample = context.getRequired(this);
		sample.stop(this.duration.withTags(tags.and("error.type", ErrorType.of(context.getError()))));
		Usage usage = context.usage();
		if (usage != null) {
			this.tokens.withTags(tags.and("gen_ai.token.type", "input")).record(usage.inputTokens());
			this.tokens.withTags(tags.and("gen_ai.token.type", "output")).record(usage.outputTokens());
		}
	}

}
