package ai.apertis.client.observation;

import java.util.function.Function;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.sse.Outcome;
import ai.apertis.client.sse.StreamListener;
import ai.apertis.client.sse.Verdict;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import tools.jackson.databind.JsonNode;

import org.springframework.http.HttpHeaders;

/**
 * The observation of one chat call. It stops when the call's stream ends.
 */
public final class ChatObservation implements StreamListener {

	private final Observation observation;

	private final KnownModels models;

	private volatile boolean abandoned;

	ChatObservation(Observation observation, KnownModels models) {
		this.observation = observation;
		this.models = models;
	}

	/**
	 * Make this observation the parent of what is observed below it.
	 * @return a change to the context of the exchange with the gateway
	 */
	public Function<Context, Context> asParent() {
		return (context) -> this.observation.isNoop() ? context
				: context.put(ObservationThreadLocalAccessor.KEY, this.observation);
	}

	/**
	 * The consumer has gone, and the stream is read on only to know what it costs: the
	 * call counts as cancelled, however the stream ends, but what it costs is known.
	 */
	public void abandoned() {
		this.abandoned = true;
	}

	@Override
	public void answered(HttpHeaders headers) {
		if (this.observation.getContext() instanceof ChatObservationContext context) {
			ResponseMetadata metadata = new ResponseMetadata(headers);
			String answering = metadata.actualModel().orElse(context.model());
			boolean asked = answering != null && answering.equals(context.model()) && !metadata.isFallbackUsed();
			String known = this.models.answered(answering);
			context.asked(asked ? known : this.models.tag(context.model()));
			context.answeredBy(known);
		}
	}

	@Override
	public void ended(Outcome outcome, Verdict verdict, @Nullable Throwable failure) {
		if (this.observation.getContext() instanceof ChatObservationContext context) {
			JsonNode usage = verdict.usage();
			context.asked(this.models.tag(context.model()));
			context.ended(this.abandoned ? Outcome.CANCELLED : outcome, (usage != null) ? Usage.of(usage) : null,
					outcome != Outcome.COMPLETED);
		}
		if (failure != null && !this.abandoned) {
			this.observation.error(failure);
		}
		this.observation.stop();
	}

}
