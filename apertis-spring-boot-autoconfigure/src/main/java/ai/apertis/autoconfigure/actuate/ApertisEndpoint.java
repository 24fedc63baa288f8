package ai.apertis.autoconfigure.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import ai.apertis.client.observation.CallActivity;
import ai.apertis.client.observation.ObservedFailure;
import ai.apertis.client.observation.RateLimitState;
import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.passthrough.exchange.ActiveStreams.ActiveStream;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Actuator endpoint that lists active calls and can stop a stream.
 */
@Endpoint(id = "apertis")
public class ApertisEndpoint {

	private final ApertisConfiguration configuration;

	private final CallActivity activity;

	private final Supplier<@Nullable ActiveStreams> passThrough;

	private final Supplier<@Nullable UserLimits> limits;

	/**
	 * Create an endpoint.
	 * @param configuration what the application has configured
	 * @param activity the calls
	 * @param passThrough gives the answers of the pass-through, {@code null} if it is not
	 * served
	 * @param limits gives the limits of the pass-through's users, {@code null} if it is
	 * not served
	 */
	public ApertisEndpoint(ApertisConfiguration configuration, CallActivity activity,
			Supplier<@Nullable ActiveStreams> passThrough, Supplier<@Nullable UserLimits> limits) {
		this.configuration = configuration;
		this.activity = activity;
		this.passThrough = passThrough;
		this.limits = limits;
	}

	/**
	 * Return the current activity.
	 * @return the state of client and pass-through
	 */
	@ReadOperation
	public ApertisDescriptor state() {
		Instant now = Instant.now();
		ActiveStreams streams = this.passThrough.get();
		List<StreamDescriptor> answers = (streams != null) ? streams.all()
			.stream()
			.sorted(Comparator.comparing(ActiveStream::start))
			.map((stream) -> new StreamDescriptor(stream.id(), stream.model(), stream.user(),
					Duration.between(stream.start(), now)))
			.toList() : List.of();
		List<CallDescriptor> calls = this.activity.activeCalls()
			.stream()
			.map((call) -> new CallDescriptor(call.model(), call.isStreaming(), Duration.between(call.start(), now)))
			.toList();
		UserLimits limits = this.limits.get();
		List<LimitUse> nearLimits = (limits != null) ? limits.nearLimits() : List.of();
		return new ApertisDescriptor(this.configuration, calls, answers, nearLimits, this.activity.lastFailures(),
				this.activity.rateLimit().orElse(null));
	}

	/**
	 * Stop a stream of the pass-through, and tell its client.
	 * @param id the stream's id
	 * @return nothing, or that there is no such stream
	 */
	@DeleteOperation
	public WebEndpointResponse<Void> stop(@Selector String id) {
		Optional<ActiveStream> stream = Optional.ofNullable(this.passThrough.get())
			.flatMap((streams) -> streams.find(id));
		stream.ifPresent((found) -> found
			.stop(RefusedException.of(503, "stopped_by_operator", "The answer was stopped by the operator")));
		return new WebEndpointResponse<>(
				stream.isPresent() ? WebEndpointResponse.STATUS_NO_CONTENT : WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/**
	 * What goes on.
	 *
	 * @param configuration what the application has configured
	 * @param calls the calls under way, those of the pass-through among them
	 * @param passThrough the answers of the pass-through under way, which can be stopped
	 * @param nearLimits the users who are near one of their limits
	 * @param lastFailures the calls that failed last, the newest first
	 * @param rateLimit what the gateway has told last of its rate limit, {@code null} if
	 * nothing
	 */
	public record ApertisDescriptor(ApertisConfiguration configuration, List<CallDescriptor> calls,
			List<StreamDescriptor> passThrough, List<LimitUse> nearLimits, List<ObservedFailure> lastFailures,
			@Nullable RateLimitState rateLimit) implements OperationResponseBody {
	}

	/**
	 * A call under way.
	 *
	 * @param model the requested model
	 * @param streaming whether the answer is streamed
	 * @param age how long it has been under way
	 */
	public record CallDescriptor(@Nullable String model, boolean streaming, Duration age) {
	}

	/**
	 * An answer of the pass-through under way.
	 *
	 * @param id the id to stop it by
	 * @param model the requested model
	 * @param user the user who has asked, {@code null} for an anonymous user
	 * @param age how long it has been under way
	 */
	public record StreamDescriptor(String id, String model, @Nullable String user, Duration age) {
	}

}
