package ai.apertis.client.observation;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.observation.CallActivity.ActiveCall;
import ai.apertis.client.observation.ChatObservationContext.Content;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamSummary;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;

/**
 * {@link Observation} of one chat call. It stops when the call's stream ends.
 */
public final class ChatObservation implements StreamListener {

	private static final Log logger = LogFactory.getLog(ChatObservation.class);

	private final ChatObservations observations;

	private final ChatObservationContext context;

	private final Observation observation;

	private final ActiveCall call;

	private volatile @Nullable Transcript transcript;

	private final long start = now();

	/** When the attempt began that is under way. */
	private volatile long attempt;

	private volatile boolean sent;

	private volatile boolean abandoned;

	/** What the attempts before have cost. */
	private volatile UsageEstimate spent = UsageEstimate.NOTHING;

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
		this.transcript = observations.settings().needsTranscript()
				? new Transcript(context.request().request().protocol()) : null;
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
	public void sending() {
		this.attempt = now();
		this.sent = true;
	}

	/**
	 * What the failed attempt has cost is a part of what the call costs.
	 */
	@Override
	public void onRetry(Throwable failure, @Nullable StreamSummary received, @Nullable String model) {
		this.observations.onRetry(this.context.model(), failure, model);
		this.spent = this.spent.and(estimate(Outcome.of(failure), received, failure));
		if (this.transcript != null) {
			this.transcript = new Transcript(this.context.request().request().protocol());
		}
		this.lastChunk = 0;
		this.sent = false;
	}

	@Override
	public void onResponse(HttpHeaders headers) {
		ResponseMetadata metadata = new ResponseMetadata(headers);
		BoundedNames models = this.observations.models();
		String responseModel = metadata.actualModel().orElse(this.context.model());
		boolean sameModel = responseModel != null && responseModel.equals(this.context.model())
				&& !metadata.isFallbackUsed();
		String known = models.add(responseModel);
		this.context.recordRequestModel(sameModel ? known : models.tag(this.context.model()));
		this.context.recordResponse(known, metadata);
		this.observations.activity().recordLimits(metadata);
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
		Transcript transcript = this.transcript;
		if (transcript != null) {
			transcript.add(event);
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
	public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
		Outcome seen = this.abandoned ? Outcome.CANCELLED : outcome;
		Throwable reported = this.abandoned ? null : failure;
		this.observations.activity().ended(this.call);
		this.context.recordRequestModel(this.observations.models().tag(this.context.model()));
		this.context.ended(seen, summary);
		try {
			record(outcome, seen, summary, failure, reported);
		}
		finally {
			this.observation.stop();
		}
	}

	private void record(Outcome outcome, Outcome seen, StreamSummary summary, @Nullable Throwable failure,
			@Nullable Throwable reported) {
		count(outcome, summary, failure);
		Content content = captured();
		if (content != null && this.observations.settings().capture().spans()) {
			this.context.recordContent(content);
		}
		if (reported != null) {
			this.observation.error(reported);
			remember(seen, reported);
		}
		CallLog.write(this.context, this.observation, reported, Duration.ofNanos(now() - this.start),
				this.observations.settings().capture().logs() ? content : null);
	}

	private void count(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
		UsageEstimate known = this.spent.and(estimate(outcome, summary, failure));
		this.context.recordUsage(known.usage(), known.estimated());
	}

	private UsageEstimate estimate(Outcome outcome, @Nullable StreamSummary summary, @Nullable Throwable failure) {
		if (!this.sent) {
			return UsageEstimate.NOTHING;
		}
		Duration time = Duration.ofNanos(now() - this.attempt);
		try {
			return UsageEstimate.of(this.context.request(), summary, outcome, failure, time,
					this.observations.estimator(), this.transcript);
		}
		catch (RuntimeException ex) {
			logger.error("The token estimator has failed; the tokens of the call are counted about", ex);
			return UsageEstimate.of(this.context.request(), summary, outcome, failure, time, null, null);
		}
	}

	/**
	 * Return what the call has cost, as far as it is known.
	 * @return the usage, {@code null} before the end, and if nothing of an answer has
	 * come
	 */
	public @Nullable Usage usage() {
		return this.context.usage();
	}

	/**
	 * Return the price of the call: that of the model that answered, else of the one that
	 * was asked.
	 * @param prices the prices, by the models' ids
	 * @return the price, {@code null} if neither has one
	 */
	public @Nullable Price price(Map<String, Price> prices) {
		return Price.of(this.context, prices);
	}

	private @Nullable Content captured() {
		ContentCapture capture = this.observations.settings().capture();
		Transcript transcript = this.transcript;
		return (capture.isOn() && transcript != null)
				? new Content(capture.keep(PromptTokens.text(this.context.request().request())),
						capture.keep(transcript.text()))
				: null;
	}

	private void remember(Outcome outcome, Throwable failure) {
		String requestId = null;
		if (failure instanceof ApertisApiException api) {
			this.observations.activity().recordLimits(api.metadata());
			requestId = api.requestId().orElse(null);
		}
		this.observations.activity()
			.failed(new ObservedFailure(Instant.now(), this.context.requestedModel(), outcome.value(),
					ErrorType.of(failure), requestId));
	}

}
