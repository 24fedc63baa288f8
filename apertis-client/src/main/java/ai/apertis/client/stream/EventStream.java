package ai.apertis.client.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.Setting;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.EventFraming;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import tools.jackson.core.JacksonException;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;

/**
 * Stream that is being read. Takes the bytes of the body, hands out the events one by
 * one, and ends in exactly one {@link Outcome}. Everything that came before the end is
 * handed out before the end is reported.
 * <p>
 * Used by one thread at a time. Only {@link #hasBegun()}, {@link #ending()} and
 * {@link #count()} may be asked by any thread.
 */
public final class EventStream {

	private static final Log logger = LogFactory.getLog(EventStream.class);

	private final EventFraming framing;

	private final StreamProtocol protocol;

	private final StreamListener listener;

	private final UnaryOperator<String> redaction;

	private final StreamFailures failures;

	private final Function<Setting, String> settingNames;

	private volatile HttpHeaders headers = new HttpHeaders();

	private final AtomicLong events = new AtomicLong();

	private EventKind meaning = EventKind.NOTHING;

	private boolean bodyEnded;

	private @Nullable Throwable bodyFailure;

	private volatile boolean begun;

	private volatile Ending ending = Ending.OPEN;

	private volatile Runnable onEnding = () -> {
	};

	/** Events that came as one. */
	private final Deque<Event> split = new ArrayDeque<>(0);

	private @Nullable Outcome outcome;

	private @Nullable ApertisException failure;

	/**
	 * Create a stream.
	 * @param limits the limits of the stream
	 * @param protocol judges the events; belongs to this stream alone
	 * @param redaction takes secrets out of what the gateway says of an error
	 * @param listener called in the course of the stream
	 */
	public EventStream(StreamLimits limits, StreamProtocol protocol, UnaryOperator<String> redaction,
			StreamListener listener) {
		this(limits, protocol, redaction, Setting::builderName, listener);
	}

	/**
	 * Create a stream.
	 * @param limits the limits of the stream
	 * @param protocol judges the events; belongs to this stream alone
	 * @param redaction takes secrets out of what the gateway says of an error
	 * @param settingNames gives the names of settings in the messages of failures
	 * @param listener called in the course of the stream
	 */
	public EventStream(StreamLimits limits, StreamProtocol protocol, UnaryOperator<String> redaction,
			Function<Setting, String> settingNames, StreamListener listener) {
		this.settingNames = settingNames;
		this.framing = new EventFraming(limits.maxEventSize());
		this.protocol = protocol;
		this.redaction = redaction;
		this.failures = new StreamFailures(redaction);
		this.listener = listener;
	}

	/**
	 * The gateway has answered with a stream.
	 * @param headers the response's headers
	 */
	public void onResponse(HttpHeaders headers) {
		this.headers = headers;
		notify(() -> this.listener.onResponse(headers));
	}

	/**
	 * A fault of whoever listens, such as a handler of observations, is no fault of the
	 * stream.
	 */
	private static void notify(Runnable call) {
		try {
			call.run();
		}
		catch (RuntimeException ex) {
			logger.error("A listener of a stream has failed; the stream goes on", ex);
		}
	}

	private void notifyReading() {
		try {
			this.listener.reading();
		}
		catch (RuntimeException ex) {
			logger.error("A listener of a stream has failed before a buffer was read; the stream goes on", ex);
		}
	}

	private void notifyChunk(Event chunk) {
		try {
			this.listener.chunk(chunk);
		}
		catch (RuntimeException ex) {
			logger.error("A listener of a stream has failed at a chunk; the stream goes on", ex);
		}
	}

	/**
	 * Read the elements of this stream.
	 * @param body the buffers of the body
	 * @param reader makes elements of the events
	 * @param <T> the type of the elements
	 * @return the elements, to be subscribed to once
	 */
	public <T> Flux<T> read(Flux<DataBuffer> body, StreamReader<T> reader) {
		return new StreamFlux<>(body, this, reader);
	}

	/**
	 * Take the next bytes of the body, and release the buffer.
	 * @param buffer the bytes
	 */
	public void append(DataBuffer buffer) {
		try {
			copy(buffer);
		}
		finally {
			DataBufferUtils.release(buffer);
		}
	}

	/**
	 * Take the next bytes of the body. The buffer still belongs to the caller.
	 */
	void copy(DataBuffer buffer) {
		this.framing.append(buffer);
		notifyReading();
	}

	/**
	 * Return whether bytes are all that the last buffer had, and nothing else.
	 * @param bytes the array of events that were handed out
	 * @param start where the bytes begin
	 * @param end where they end
	 * @return whether the buffer can be handed on for them
	 */
	public boolean isLastBuffer(byte[] bytes, int start, int end) {
		return this.framing.isLastAppended(bytes, start, end);
	}

	/**
	 * The body has ended in order.
	 */
	public void bodyEnded() {
		this.bodyEnded = true;
	}

	/**
	 * There is no body, or it has broken off.
	 * @param failure why
	 */
	public void bodyFailed(Throwable failure) {
		this.bodyEnded = true;
		this.bodyFailure = failure;
	}

	/**
	 * Hand out the next event that has a meaning.
	 * @return the event, or {@code null} if it takes more bytes, or if the stream has
	 * ended
	 */
	public @Nullable Event next() {
		while (this.outcome == null) {
			Event event;
			try {
				event = nextEvent();
				if (event == null) {
					if (this.bodyEnded) {
						endWithBody();
					}
					return null;
				}
				this.events.lazySet(this.events.get() + 1);
				mean((this.ending == Ending.DONE) ? this.protocol.observeTrailing(event)
						: this.protocol.observe(event));
			}
			catch (ApertisException | JacksonException ex) {
				fail(ex);
				return null;
			}
			if (this.meaning == EventKind.DONE && isUsageAwaited()) {
				end(Ending.DONE);
			}
			else if (this.meaning != EventKind.NOTHING) {
				if (this.meaning == EventKind.CHUNK) {
					notifyChunk(event);
				}
				follow();
				return event;
			}
		}
		return null;
	}

	private @Nullable Event nextEvent() {
		if (!this.split.isEmpty()) {
			return this.split.poll();
		}
		Event event = this.framing.next();
		if (event != null && event.isJoined()) {
			this.split.addAll(this.protocol.split(event));
			return this.split.isEmpty() ? event : this.split.poll();
		}
		return event;
	}

	/**
	 * Some providers tell the usage behind the done marker, but at once.
	 */
	private boolean isUsageAwaited() {
		return this.protocol.isUsageTrailing() && this.protocol.outcome() == Outcome.COMPLETED
				&& this.protocol.summary().usage() == null;
	}

	private void end(Ending ending) {
		if (this.ending != ending) {
			this.ending = ending;
			this.onEnding.run();
		}
	}

	/**
	 * A reference that is written with each event is what the garbage collector has to
	 * look after with each event.
	 */
	private void mean(EventKind meaning) {
		if (this.meaning != meaning) {
			this.meaning = meaning;
		}
	}

	private void follow() {
		if (this.meaning == EventKind.ERROR && this.protocol.isErrorFollowed()) {
			this.failure = this.failures.reported(this.protocol.error(), this.headers);
			end(Ending.WHOLE);
			return;
		}
		if (this.meaning == EventKind.DONE || this.meaning == EventKind.ERROR || this.ending == Ending.DONE) {
			judge(null);
			return;
		}
		if (!this.begun) {
			this.begun = true;
		}
		end(this.protocol.isAtEnd() ? Ending.WHOLE : Ending.OPEN);
	}

	private void endWithBody() {
		Throwable cause = this.bodyFailure;
		if (cause instanceof ApertisException ex && !(ex instanceof StreamTimeoutException)) {
			end(Outcome.of(ex), ex);
			return;
		}
		Event rest = this.framing.unterminated();
		if (rest != null && this.ending != Ending.DONE) {
			this.protocol.observeUnterminated(rest);
		}
		judge(cause);
	}

	private void judge(@Nullable Throwable cause) {
		Outcome judged = this.protocol.outcome();
		end(judged, switch (judged) {
			case COMPLETED, CANCELLED -> null;
			case FAILED -> this.failures.reported(this.protocol.error(), this.headers);
			case INTERRUPTED -> this.failures.interrupted(cause, this.protocol);
		});
	}

	/**
	 * End the stream, because what came cannot be dealt with. Does nothing if it has
	 * ended.
	 * @param cause why
	 */
	public void fail(RuntimeException cause) {
		end(Outcome.FAILED, this.failures.unreadable(cause, this.events.get()));
	}

	/**
	 * End the stream, because its consumer went away. Does nothing if it has ended.
	 */
	public void cancel() {
		end(Outcome.CANCELLED, null);
	}

	private void end(Outcome outcome, @Nullable ApertisException failure) {
		if (this.outcome == null) {
			this.outcome = outcome;
			this.failure = failure;
			if (failure != null) {
				failure.nameSettings(this.settingNames);
			}
			notify(() -> this.listener.ended(outcome, this.protocol.summary(), failure));
		}
	}

	/**
	 * Hand out what has come behind the end already: other gateways' done markers.
	 * @return the next done marker, {@code null} if there is none
	 */
	public @Nullable Event doneBehindEnd() {
		Event event = (this.outcome == Outcome.COMPLETED) ? this.framing.next() : null;
		return (event != null && event.hasData() && event.dataText().strip().equals("[DONE]")) ? event : null;
	}

	/**
	 * Return what the event that was handed out last means.
	 * @return the meaning
	 */
	public EventKind meaning() {
		return this.meaning;
	}

	/**
	 * Return whether an event has a secret in it.
	 * @param event the event
	 * @return whether it must not be handed on as it is
	 */
	public boolean hasSecret(Event event) {
		String block = event.blockText();
		String data = event.dataText();
		return !this.redaction.apply(block).equals(block) || !this.redaction.apply(data).equals(data);
	}

	/**
	 * Take a secret out of an event.
	 * @param event the event
	 * @return its data without the secret
	 */
	public String withoutSecret(Event event) {
		return this.redaction.apply(event.dataText());
	}

	/**
	 * Return whether a chunk has come.
	 * @return whether the answer has begun
	 */
	public boolean hasBegun() {
		return this.begun;
	}

	/**
	 * Return whether anything of the answer has come: content of any kind, a finish
	 * reason, or the usage. The first chunks of many providers say nothing yet.
	 * @return whether there is something to hand on
	 */
	public boolean hasSubstance() {
		return this.protocol.hasSubstance();
	}

	/**
	 * Return how much of the event has come that is not whole yet. To be asked by whoever
	 * reads the stream.
	 * @return the number of bytes
	 */
	public int gathered() {
		return this.framing.gathered();
	}

	/**
	 * Return how many events have come.
	 * @return the number of events
	 */
	public long count() {
		return this.events.get();
	}

	/**
	 * Return what may still come.
	 * @return how near the end the stream is
	 */
	public Ending ending() {
		return this.ending;
	}

	/**
	 * Set an action to run when the {@linkplain #ending() ending} changes.
	 * @param action is run by whichever thread reads the stream, in the place of one that
	 * was given before
	 */
	public void onEnding(Runnable action) {
		this.onEnding = action;
	}

	/**
	 * Return how the stream has ended.
	 * @return the outcome, or {@code null} if it has not ended
	 */
	public @Nullable Outcome outcome() {
		return this.outcome;
	}

	/**
	 * Return why the stream has not completed.
	 * @return the failure, or {@code null} if it has not ended, has completed or was
	 * cancelled
	 */
	public @Nullable ApertisException failure() {
		return this.failure;
	}

	/**
	 * Return whether the error that ended the stream came in the shape in which clients
	 * expect it.
	 * @return whether the error's event can be handed on as it is
	 */
	public boolean isErrorConventional() {
		return this.protocol.isErrorConventional();
	}

	/**
	 * Return how many output tokens may have come so far, rather more than fewer.
	 * @return the number of tokens
	 */
	public long tokens() {
		return this.protocol.tokens();
	}

	/**
	 * Return what has come so far.
	 * @return the summary
	 */
	public StreamSummary summary() {
		return this.protocol.summary();
	}

	/**
	 * How near its end a stream is.
	 */
	public enum Ending {

		/** More of the answer may come. */
		OPEN,

		/** The answer is whole, so that only trailing events may follow. */
		WHOLE,

		/** The done marker has come, and only the usage may follow, at once. */
		DONE

	}

}
