package ai.apertis.client.observation;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.observation.CallActivity.ActiveCall;
import ai.apertis.client.observation.ChatObservationContext.Content;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.Outcome;
import ai.apertis.client.sse.StreamListener;
import ai.apertis.client.sse.Verdict;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import tools.jackson.databind.JsonNode;

import org.springframework.http.HttpHeaders;

/**
 * The observation of one chat call. It stops when the call's stream ends.
 */
public final class ChatObservation implements StreamListener {

	private final ChatObservations observations;

	private final ChatObservationContext context;

	private final Observation observation;

	private final ActiveCall call;

	private final @Nullable Transcript transcript;

	private final long start = now();

	private volatile boolean abandoned;

	/** Hears of the time between chunks. */
	private final @Nullable LongConsumer intervals;

	// these belong to whichever thread reads the stream

	/** When the buffer of the next chunks was read. */
	private long read;

	private long lastChunk;

	ChatObservation(ChatObservations observations, ChatObservationContext context, Observation observation) {
		this.observations = observations;
		this.context = context;
		this.observation = observation;
		this.call = observations.activity().started(context.request());
		this.intervals = context.request().streaming() ? context.chunkIntervals() : null;
		this.transcript = observations.settings().needsTranscript() ? new Transcript() : null;
	}

	/**
	 * Make this observation the parent of what is observed of the exchange with the
	 * gateway: in its context, and, as tracers trust the calling thread more, in the
	 * scope of the thread that subscribes.
	 * @param exchange the exchange
	 * @param <T> what it gives
	 * @return the exchange below this observation
	 */
	public <T> Flux<T> over(Flux<T> exchange) {
		if (this.observation.isNoop()) {
			return exchange;
		}
		Flux<T> below = exchange.contextWrite(this::asParent);
		return Flux.from((subscriber) -> {
			try (Observation.Scope scope = this.observation.openScope()) {
				below.subscribe(subscriber);
			}
		});
	}

	private Context asParent(Context context) {
		return context.put(ObservationThreadLocalAccessor.KEY, this.observation);
	}

	/**
	 * The consumer has gone, and the stream is read on only to know what it costs: the
	 * call counts as cancelled, however the stream ends, but what it costs is known.
	 */
	public void abandoned() {
		this.abandoned = true;
	}

	@Override
	public void repeated(Throwable failure, @Nullable String model) {
		this.observations.repeated(this.context.model(), failure, model);
	}

	@Override
	public void answered(HttpHeaders headers) {
		ResponseMetadata metadata = new ResponseMetadata(headers);
		BoundedNames models = this.observations.models();
		String answering = metadata.actualModel().orElse(this.context.model());
		boolean asked = answering != null && answering.equals(this.context.model()) && !metadata.isFallbackUsed();
		String known = models.know(answering);
		this.context.asked(asked ? known : models.tag(this.context.model()));
		this.context.answered(known, metadata);
		this.observations.activity().told(metadata);
		if (this.context.request().streaming()) {
			this.context.firstChunk(Duration.ofNanos(now() - this.start));
		}
	}

	@Override
	public void reading() {
		if (this.intervals != null) {
			this.read = now();
		}
	}

	/**
	 * Chunks that come in one buffer have no time between them.
	 */
	@Override
	public void chunk(Event event) {
		if (this.transcript != null) {
			this.transcript.add(event);
		}
		if (this.intervals != null) {
			if (this.lastChunk != 0) {
				this.intervals.accept(this.read - this.lastChunk);
			}
			this.lastChunk = this.read;
		}
	}

	private static long now() {
		return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
	}

	@Override
	public void ended(Outcome outcome, Verdict verdict, @Nullable Throwable failure) {
		Outcome seen = this.abandoned ? Outcome.CANCELLED : outcome;
		Throwable told = this.abandoned ? null : failure;
		this.observations.activity().ended(this.call);
		this.context.asked(this.observations.models().tag(this.context.model()));
		this.context.ended(seen, verdict);
		count(outcome, verdict);
		Content content = captured();
		if (content != null && this.observations.settings().capture().spans()) {
			this.context.said(content);
		}
		if (told != null) {
			this.observation.error(told);
			remember(seen, told);
		}
		CallLog.write(this.context, this.observation, told, Duration.ofNanos(now() - this.start),
				this.observations.settings().capture().logs() ? content : null);
		this.observation.stop();
	}

	private void count(Outcome outcome, Verdict verdict) {
		JsonNode usage = verdict.usage();
		if (usage != null) {
			this.context.used(Usage.of(usage), outcome != Outcome.COMPLETED);
		}
		else {
			this.context.used(UsageEstimate.of(this.context.request(), verdict, outcome,
					this.observations.settings().estimator(), this.transcript), true);
		}
	}

	private @Nullable Content captured() {
		ContentCapture capture = this.observations.settings().capture();
		return (capture.isOn() && this.transcript != null)
				? new Content(capture.keep(UsageEstimate.prompt(this.context.request().json())),
						capture.keep(this.transcript.text()))
				: null;
	}

	private void remember(Outcome outcome, Throwable failure) {
		String requestId = null;
		if (failure instanceof ApertisApiException api) {
			this.observations.activity().told(api.metadata());
			requestId = api.requestId().orElse(null);
		}
		this.observations.activity()
			.failed(new ObservedFailure(Instant.now(), this.context.requestModel(), outcome.value(),
					ErrorType.of(failure), requestId));
	}

}
