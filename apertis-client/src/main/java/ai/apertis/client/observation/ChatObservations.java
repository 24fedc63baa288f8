package ai.apertis.client.observation;

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

	private final ObservationRegistry registry;

	private final @Nullable ChatObservationConvention convention;

	private final KnownModels models = new KnownModels();

	/**
	 * Create the observations of one client.
	 * @param registry where to observe
	 * @param convention names and tags, {@code null} for those of the registry or the
	 * defaults
	 */
	public ChatObservations(ObservationRegistry registry, @Nullable ChatObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	/**
	 * Take a model for one that the gateway knows, because the application names it.
	 * @param model the model's id
	 */
	public void know(String model) {
		this.models.answered(model);
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
	 * @param model the model that is asked, {@code null} if the request names none
	 * @param context the context of the subscriber
	 * @return the observation, which stops when the stream ends
	 */
	public ChatObservation start(@Nullable String model, ContextView context) {
		Observation observation = ChatObservationDocumentation.CHAT.observation(this.convention, DEFAULT_CONVENTION,
				() -> new ChatObservationContext(model), this.registry);
		Observation parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent != null) {
			observation.parentObservation(parent);
		}
		return new ChatObservation(observation.start(), this.models);
	}

}
