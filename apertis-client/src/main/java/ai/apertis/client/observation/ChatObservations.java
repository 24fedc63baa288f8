package ai.apertis.client.observation;

import ai.apertis.client.stream.ApiRequest;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Observes chat calls: one observation for each call, whatever its outcome. Safe for use
 * by several threads.
 */
public final class ChatObservations {

	private static final ChatObservationConvention DEFAULT_CONVENTION = new DefaultChatObservationConvention();

	private static final int MAX_MODELS = 200;

	private final ObservationRegistry registry;

	private final @Nullable ChatObservationConvention convention;

	private final ChatObservationSettings settings;

	private final @Nullable TokenEstimator estimator;

	private final BoundedNames models = new BoundedNames(MAX_MODELS);

	private final CallActivity activity = new CallActivity();

	/**
	 * Create the observations of one client.
	 * @param registry where to observe
	 * @param convention names and tags, {@code null} for those of the registry or the
	 * defaults
	 */
	public ChatObservations(ObservationRegistry registry, @Nullable ChatObservationConvention convention) {
		this(registry, convention, ChatObservationSettings.DEFAULTS);
	}

	/**
	 * Create the observations of one client.
	 * @param registry where to observe
	 * @param convention names and tags, {@code null} for those of the registry or the
	 * defaults
	 * @param settings what is observed besides the usual
	 */
	public ChatObservations(ObservationRegistry registry, @Nullable ChatObservationConvention convention,
			ChatObservationSettings settings) {
		this.registry = registry;
		this.convention = convention;
		this.settings = settings;
		this.estimator = (settings.estimator() != null) ? new SampledTokens(settings.estimator()) : null;
	}

	/**
	 * Take a model for one that the gateway knows, because the application names it.
	 * @param model the model's id
	 */
	public void add(String model) {
		this.models.add(model);
	}

	/**
	 * Return the current activity.
	 * @return the activity of all calls that are observed here
	 */
	public CallActivity activity() {
		return this.activity;
	}

	/**
	 * A call is retried.
	 * @param requestModel the model that the call asks, {@code null} if the request names
	 * none
	 * @param failure why
	 * @param next the model of the next attempt, {@code null} if it is the same
	 */
	public void onRetry(@Nullable String requestModel, Throwable failure, @Nullable String next) {
		this.settings.retries().onRetry(this.models.tag(requestModel), ErrorType.of(failure), next != null);
	}

	/**
	 * Remember the observation in the thread's scope as the parent of all that is
	 * subscribed to later, by whatever thread, unless the context has one.
	 * @param context the context of the subscriber
	 * @return the context, with the parent
	 */
	public Context withParent(Context context) {
		Observation current = this.registry.getCurrentObservation();
		return (current == null || context.hasKey(ObservationThreadLocalAccessor.KEY)) ? context
				: context.put(ObservationThreadLocalAccessor.KEY, current);
	}

	/**
	 * Start to observe a call. Its parent is the observation in the context, else the one
	 * in the thread's scope.
	 * @param request what is known of the call
	 * @param context the context of the subscriber
	 * @return the observation, which stops when the stream ends
	 */
	public ChatObservation start(ObservedRequest request, ContextView context) {
		ChatObservationContext observed = new ChatObservationContext(request);
		Observation observation = ChatObservationDocumentation.CHAT.observation(this.convention, DEFAULT_CONVENTION,
				() -> observed, this.registry);
		Observation parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent != null) {
			observation.parentObservation(parent);
		}
		return new ChatObservation(this, observed, observation.start());
	}

	/**
	 * Estimate the tokens of a prompt, quickly: without the estimator.
	 * @param request the request with the prompt
	 * @return about how many tokens it has
	 */
	public long promptTokens(ApiRequest request) {
		return PromptTokens.of(request, null);
	}

	ChatObservationSettings settings() {
		return this.settings;
	}

	/**
	 * Return what counts tokens, {@code null} to guess them.
	 */
	@Nullable TokenEstimator estimator() {
		return this.estimator;
	}

	BoundedNames models() {
		return this.models;
	}

}
