package ai.apertis.autoconfigure.observation;

import java.time.Duration;
import java.util.Arrays;

import ai.apertis.client.observation.ChunkTimingObservationHandler;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;

import org.springframework.core.Ordered;

/**
 * {@link MeterFilter} with the histogram buckets of the OpenTelemetry GenAI conventions.
 * It precedes the filter of the application's own properties, so that these win.
 */
class ConventionalBuckets implements MeterFilter, Ordered {

	private static final String DURATION = "gen_ai.client.inference.duration";

	private final DistributionStatisticConfig buckets = DistributionStatisticConfig.builder()
		.serviceLevelObjectives(Arrays.stream(ChunkTimingObservationHandler.conventionalBuckets())
			.mapToDouble(Duration::toNanos)
			.toArray())
		.build();

	@Override
	public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
		return id.getName().equals(DURATION) ? this.buckets.merge(config) : config;
	}

	@Override
	public int getOrder() {
		return -1;
	}

}
