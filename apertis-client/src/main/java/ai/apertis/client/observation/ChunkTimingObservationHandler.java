package ai.apertis.client.observation;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import org.jspecify.annotations.Nullable;

/**
 * Measures the time to the first chunk of a stream, and between further chunks.
 */
public class ChunkTimingObservationHandler implements ObservationHandler<ChatObservationContext> {

	/** The buckets of the OpenTelemetry GenAI conventions, from 10 ms to 82 s. */
	static final Duration[] BUCKETS = buckets();

	private static final String PREFIX = "gen_ai.client.inference.";

	private final MeterProvider<Timer> firstChunk;

	private final MeterProvider<Timer> furtherChunks;

	/**
	 * Create a handler.
	 * @param registry where to measure
	 */
	public ChunkTimingObservationHandler(MeterRegistry registry) {
		this.firstChunk = timer("time_to_first_chunk", "Time from a call to the first chunk of its stream", registry);
		this.furtherChunks = timer("time_per_output_chunk", "Time between two chunks of a stream", registry);
	}

	private static MeterProvider<Timer> timer(String name, String description, MeterRegistry registry) {
		return Timer.builder(PREFIX + name)
			.description(description)
			.serviceLevelObjectives(BUCKETS)
			.withRegistry(registry);
	}

	private static Duration[] buckets() {
		Duration[] buckets = new Duration[14];
		for (int i = 0; i < buckets.length; i++) {
			buckets[i] = Duration.ofMillis(10L << i);
		}
		return buckets;
	}

	/**
	 * Return the buckets of the OpenTelemetry GenAI conventions for all durations.
	 * @return the upper limits
	 */
	public static Duration[] conventionalBuckets() {
		return BUCKETS.clone();
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ChatObservationContext;
	}

	@Override
	public void onStart(ChatObservationContext context) {
		if (context.request().streaming()) {
			Intervals intervals = new Intervals(context);
			context.put(this, intervals);
			context.onChunkInterval(intervals::add);
		}
	}

	@Override
	public void onStop(ChatObservationContext context) {
		Intervals intervals = context.get(this);
		if (intervals != null) {
			intervals.record();
		}
		Duration first = context.timeToFirstChunk();
		if (first != null) {
			this.firstChunk.withTags(MeterTags.of(context)).record(first);
		}
	}

	/**
	 * The intervals of one stream, whose models are known when the first chunk has come.
	 * They are recorded some at a time: a timer is shared by all streams, and costs five
	 * times as much when threads take turns at it.
	 */
	private final class Intervals {

		private static final int MAX = 16;

		private final ChatObservationContext context;

		private final long[] nanos = new long[MAX];

		private int count;

		private @Nullable Timer timer;

		Intervals(ChatObservationContext context) {
			this.context = context;
		}

		void add(long nanos) {
			this.nanos[this.count++] = nanos;
			if (this.count == MAX) {
				record();
			}
		}

		void record() {
			int count = this.count;
			this.count = 0;
			if (count == 0) {
				return;
			}
			Timer timer = this.timer;
			if (timer == null) {
				timer = ChunkTimingObservationHandler.this.furtherChunks.withTags(MeterTags.ofResponse(this.context));
				this.timer = timer;
			}
			for (int i = 0; i < count; i++) {
				timer.record(this.nanos[i], TimeUnit.NANOSECONDS);
			}
		}

	}

}
