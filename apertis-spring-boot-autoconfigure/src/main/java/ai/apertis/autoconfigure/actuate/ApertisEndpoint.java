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
import ai.apertis.passthrough.resume.ResumableStreams;
import ai.apertis.passthrough.resume.ResumeActivity;
import ai.apertis.passthrough.resume.RunningStream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Actuator endpoint that lists active calls and can stop a stream. Its operations may
 * wait for the store of streams: the actuator never calls them on an event loop.
 */
@Endpoint(id = "apertis")
public class ApertisEndpoint {

	private static final Log logger = LogFactory.getLog(ApertisEndpoint.class);

	private final ApertisConfiguration configuration;

	private final CallActivity activity;

	private final Supplier<@Nullable ActiveStreams> passThrough;

	private final Supplier<@Nullable UserLimits> limits;

	private final Supplier<@Nullable ResumableStreams> resumable;

	/**
	 * Create an endpoint.
	 * @param configuration what the application has configured
	 * @param activity the calls
	 * @param passThrough gives the answers of the pass-through, {@code null} if it is not
	 * served
	 * @param limits gives the limits of the pass-through's users, {@code null} if it is
	 * not served
	 * @param resumable gives the streams that can be resumed, {@code null} if none can
	 */
	public ApertisEndpoint(ApertisConfiguration configuration, CallActivity activity,
			Supplier<@Nullable ActiveStreams> passThrough, Supplier<@Nullable UserLimits> limits,
			Supplier<@Nullable ResumableStreams> resumable) {
		this.configuration = configuration;
		this.activity = activity;
		this.passThrough = passThrough;
		this.limits = limits;
		this.resumable = resumable;
	}

	/**
	 * Return the current activity.
	 * @return the state of client and pass-through
	 */
	@ReadOperation
	public ApertisDescriptor state() {
		ResumableStreams resumable = this.resumable.get();
		return state((resumable != null) ? describe(resumable) : null);
	}

	/**
	 * A store that is away hides nothing else.
	 */
	private static ResumeDescriptor describe(ResumableStreams streams) {
		try {
			List<RunningStream> running = streams.running().collectList().block();
			return new ResumeDescriptor(streams.activity(), (running != null) ? running : List.of(), null);
		}
		catch (RuntimeException ex) {
			logger.warn("The running streams are not known", ex);
			return new ResumeDescriptor(streams.activity(), List.of(), "The store of streams is not available");
		}
	}

	private ApertisDescriptor state(@Nullable ResumeDescriptor resumable) {
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
				this.activity.rateLimit().orElse(null), resumable);
	}

	/**
	 * Stop a stream of the pass-through, and tell its client.
	 * @param id the stream's id: of this instance, or one by which a stream of any
	 * instance is resumed
	 * @return nothing, or that there is no such stream, or that nobody knows as the store
	 * of streams is away
	 */
	@DeleteOperation
	public WebEndpointResponse<Void> stop(@Selector String id) {
		try {
			return new WebEndpointResponse<>((stopHere(id) || stopAnywhere(id)) ? WebEndpointResponse.STATUS_NO_CONTENT
					: WebEndpointResponse.STATUS_NOT_FOUND);
		}
		catch (RuntimeException ex) {
			logger.warn("It is not known whether a stream runs that is to be stopped", ex);
			return new WebEndpointResponse<>(WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
		}
	}

	private boolean stopAnywhere(String id) {
		ResumableStreams streams = this.resumable.get();
		return streams != null && Boolean.TRUE.equals(streams.stopAny(id).block());
	}

	private boolean stopHere(String id) {
		Optional<ActiveStream> stream = Optional.ofNullable(this.passThrough.get())
			.flatMap((streams) -> streams.find(id));
		stream.ifPresent((found) -> found
			.stop(RefusedException.of(503, "stopped_by_operator", "The answer was stopped by the operator")));
		return stream.isPresent();
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
	 * @param resumable the streams that can be resumed, {@code null} if none can
	 */
	public record ApertisDescriptor(ApertisConfiguration configuration, List<CallDescriptor> calls,
			List<StreamDescriptor> passThrough, List<LimitUse> nearLimits, List<ObservedFailure> lastFailures,
			@Nullable RateLimitState rateLimit, @Nullable ResumeDescriptor resumable) implements OperationResponseBody {
	}

	/**
	 * The streams that can be resumed.
	 *
	 * @param activity what this instance has done
	 * @param running the streams that run at any instance, not all if there are many;
	 * each can be stopped by its id
	 * @param error why they are not known, {@code null} if they are
	 */
	public record ResumeDescriptor(ResumeActivity activity, List<RunningStream> running, @Nullable String error) {
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
