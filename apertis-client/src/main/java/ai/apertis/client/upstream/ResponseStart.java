package ai.apertis.client.upstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.EventTooLargeException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.Setting;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import org.jspecify.annotations.Nullable;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Inspects the beginning of a streamed response before any of it is handed on: its form,
 * whatever its content type says, and its first events. An error before any content is
 * treated like an error status, so that the call may be retried.
 */
final class ResponseStart {

	/**
	 * How many chunks without content are held: some providers send them for signs of
	 * life.
	 */
	private static final int MAX_CHUNKS_HELD = 3;

	/** A page need not be read to its end. */
	private static final int MAX_TEXT = 64 * 1024;

	private final NonStreamResponseReader reader;

	private final ApiProtocol protocol;

	private final int maxHeld;

	private final EventStream probe;

	private final Runnable begun;

	private final Runnable accepted;

	/** In pieces, as it may be large and is rarely looked at as a whole. */
	private final List<byte[]> held = new ArrayList<>(1);

	private int size;

	private BodyForm form = BodyForm.UNKNOWN;

	private boolean probed;

	private int chunks;

	/**
	 * Create a look at one body.
	 * @param reader reads what is no event stream
	 * @param protocol judges the stream
	 * @param limits the limits of the stream
	 * @param begun is run when the first chunk has come, even if it is held
	 * @param accepted is run before anything is handed on
	 */
	ResponseStart(NonStreamResponseReader reader, ApiProtocol protocol, StreamLimits limits, Runnable begun,
			Runnable accepted) {
		this.protocol = protocol;
		this.reader = reader;
		this.maxHeld = limits.maxEventSize();
		this.probe = new EventStream(limits, protocol.start(1, limits), reader.credentials()::redact,
				StreamListener.NONE);
		this.probe.onResponse(reader.credentials().redact(reader.headers()));
		this.begun = begun;
		this.accepted = accepted;
	}

	/**
	 * Look at the next buffer, and release it.
	 * @return all that has come so far, if it may be handed on
	 * @throws ApertisException if the answer is an error
	 */
	@Nullable DataBuffer lookAt(DataBuffer buffer) {
		byte[] bytes = WholeBody.bytes(buffer);
		this.held.add(bytes);
		this.size += bytes.length;
		if (this.form == BodyForm.UNKNOWN) {
			this.form = form();
		}
		return switch (this.form) {
			case EVENTS -> lookAtEvents(bytes);
			case JSON -> lookAtJson();
			case OTHER -> lookAtText();
			case UNKNOWN -> lookFurther();
		};
	}

	private @Nullable DataBuffer lookFurther() {
		if (this.size > this.maxHeld) {
			throw new EventTooLargeException(this.maxHeld);
		}
		return null;
	}

	/**
	 * A text that claims to be an event stream may begin with an unknown field.
	 */
	private BodyForm form() {
		BodyForm form = BodyForm.of(held());
		boolean page = new String(held(), StandardCharsets.ISO_8859_1).stripLeading().startsWith("<");
		return (form == BodyForm.OTHER && this.reader.claimsEvents() && !page) ? BodyForm.EVENTS : form;
	}

	private @Nullable DataBuffer lookAtEvents(byte[] next) {
		// what came before the form was known is probed with it
		byte[] bytes = this.probed ? next : held();
		this.probed = true;
		this.probe.append(DefaultDataBufferFactory.sharedInstance.wrap(bytes));
		Event event = this.probe.next();
		while (event != null) {
			if (this.probe.meaning() == EventKind.CHUNK && this.chunks++ == 0) {
				this.begun.run();
			}
			requireNoFailure();
			if (this.probe.hasSubstance() || this.chunks > MAX_CHUNKS_HELD) {
				return accept(held());
			}
			event = this.probe.next();
		}
		requireNoFailure();
		if (this.probe.outcome() != null || this.probe.hasSubstance()) {
			return accept(held());
		}
		if (this.size > this.maxHeld) {
			throw new MalformedResponseException("The gateway sent more than " + this.maxHeld
					+ " bytes of comments, and no event; the limit is " + Setting.MAX_EVENT_SIZE, null);
		}
		return null;
	}

	private void requireNoFailure() {
		ApertisException failure = this.probe.failure();
		if (this.probe.outcome() == Outcome.FAILED && failure != null) {
			throw failure;
		}
	}

	private @Nullable DataBuffer lookAtJson() {
		if (this.size > this.maxHeld) {
			throw new EventTooLargeException(this.maxHeld);
		}
		if (this.size <= MAX_TEXT) {
			// an error need not be waited behind
			ApertisException error = this.reader.error(held());
			if (error != null) {
				throw error;
			}
		}
		return null;
	}

	private @Nullable DataBuffer lookAtText() {
		if (this.size > MAX_TEXT) {
			throw this.reader.page();
		}
		return null;
	}

	private byte[] held() {
		if (this.held.size() == 1) {
			return this.held.get(0);
		}
		ByteBuffer all = ByteBuffer.allocate(this.size);
		this.held.forEach(all::put);
		return all.array();
	}

	/**
	 * Return how much is held.
	 */
	int size() {
		return this.size;
	}

	/**
	 * The body has ended before anything of it was handed on.
	 * @return what is to be handed on, {@code null} if that is nothing
	 * @throws ApertisException if the answer is an error
	 */
	@Nullable DataBuffer atEnd() {
		byte[] bytes = held();
		return switch (this.form) {
			case EVENTS -> restOfEvents(bytes);
			case JSON -> accept(this.reader.events(bytes, this.protocol));
			case OTHER -> throw this.reader.other(bytes);
			case UNKNOWN -> nothing(bytes);
		};
	}

	/**
	 * What is left may be an error; and if there was no event at all, it was a text.
	 */
	private @Nullable DataBuffer restOfEvents(byte[] bytes) {
		this.probe.bodyEnded();
		this.probe.next();
		requireNoFailure();
		boolean events = this.probe.count() > 0 || BodyForm.of(bytes) == BodyForm.EVENTS;
		if (!events) {
			throw this.reader.other(bytes);
		}
		return (this.probe.count() > 0) ? accept(bytes) : null;
	}

	/**
	 * An empty stream was cut off; an empty answer of another kind is none.
	 */
	private @Nullable DataBuffer nothing(byte[] bytes) {
		String text = new String(bytes, StandardCharsets.UTF_8);
		if (!text.isBlank() || !(this.reader.claimsEvents() || this.reader.claimsNothing())) {
			throw this.reader.other(bytes);
		}
		return null;
	}

	/**
	 * The body has broken off before anything of it was handed on.
	 * @return what is to be handed on before the failure, {@code null} if that is nothing
	 */
	@Nullable DataBuffer atFailure() {
		return (this.form == BodyForm.EVENTS && this.chunks > 0) ? accept(held()) : null;
	}

	private DataBuffer accept(byte[] bytes) {
		this.accepted.run();
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
	}

}
