package ai.apertis.autoconfigure.observation;

import java.util.List;
import java.util.function.ToDoubleFunction;

import ai.apertis.client.observation.CallActivity;
import ai.apertis.client.observation.RateLimitState;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.passthrough.resume.ResumableStreams;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;

/**
 * Gauges for the active calls, and for the gateway's rate limit as last reported.
 */
class ApertisGauges implements MeterBinder {

	private static final List<String> LIMITS = List.of("streams", "requests", "tokens", "cost");

	private final CallActivity activity;

	private final ObjectProvider<ActiveStreams> passThrough;

	private final ObjectProvider<UserLimits> limits;

	private final ObjectProvider<ResumableStreams> resumable;

	ApertisGauges(CallActivity activity, ObjectProvider<ActiveStreams> passThrough, ObjectProvider<UserLimits> limits,
			ObjectProvider<ResumableStreams> resumable) {
		this.activity = activity;
		this.passThrough = passThrough;
		this.limits = limits;
		this.resumable = resumable;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("apertis.streams.active", this.activity, CallActivity::active)
			.description("Calls under way, streamed or not")
			.register(registry);
		rateLimit(registry, "limit", "Requests that the gateway's window allows", (state) -> orUnknown(state.limit()));
		rateLimit(registry, "remaining", "Requests that are left in the gateway's window",
				(state) -> orUnknown(state.remaining()));
		rateLimit(registry, "reset", "When the gateway's window begins anew, in seconds since 1970",
				(state) -> (state.reset() != null) ? state.reset().getEpochSecond() : Double.NaN);
		this.passThrough.ifAvailable((streams) -> {
			Gauge.builder("apertis.pass-through.active", streams, ActiveStreams::count)
				.description("Answers of the pass-through under way")
				.register(registry);
			Gauge.builder("apertis.pass-through.limit", streams, ActiveStreams::max)
				.description("How many answers of the pass-through may be under way")
				.register(registry);
		});
		this.resumable.ifAvailable((streams) -> Gauge
			.builder("apertis.pass-through.streams.waiting", streams, (resumed) -> resumed.activity().bytesWaiting())
			.description("Bytes of streams that wait to be stored")
			.baseUnit("bytes")
			.register(registry));
		this.limits.ifAvailable((users) -> {
			for (String limit : LIMITS) {
				Gauge.builder("apertis.pass-through.users.near-limit", users, (source) -> near(source, limit))
					.tag("limit", limit)
					.description("Users of the pass-through who have less than a fifth left of a limit")
					.register(registry);
			}
		});
	}

	private void rateLimit(MeterRegistry registry, String name, String description,
			ToDoubleFunction<RateLimitState> value) {
		Gauge
			.builder("apertis.ratelimit." + name, this.activity,
					(activity) -> activity.rateLimit().map(value::applyAsDouble).orElse(Double.NaN))
			.description(description)
			.register(registry);
	}

	private static double orUnknown(@Nullable Long value) {
		return (value != null) ? value : Double.NaN;
	}

	private static long near(UserLimits limits, String limit) {
		return limits.nearLimits().stream().filter((use) -> use.isNear() && use.limit().equals(limit)).count();
	}

}
