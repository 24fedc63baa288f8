package ai.apertis.passthrough.format;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.AuthenticationException;
import ai.apertis.client.error.BillingException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.EventStream;
import org.jspecify.annotations.Nullable;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Relays events with the bytes with which they came. Events that came in one read leave
 * in one write.
 */
public final class VerbatimFormat implements StreamFormat {

	private static final byte[] NOTHING = new byte[0];

	/** The name of the field, and two line ends. */
	private static final int USUAL_FRAME = 10;

	/** The name of the field of the type, and a line end. */
	private static final int TYPE_FRAME = 8;

	/** The type of an event that has none. */
	private static final String UNNAMED = "message";

	private static final byte[] LINE_FEED = { '\n' };

	private final boolean usageWanted;

	private final byte[] done;

	private final ErrorFormat errors;

	/** {@code null} if an event of the format of errors is all. */
	private final @Nullable FailureEnding ending;

	private boolean begun;

	/** The line feed of the last line end has been relayed before it came. */
	private boolean ahead;

	private boolean ended;

	private volatile boolean errorSent;

	/**
	 * Create the format of one stream.
	 * @param usageWanted whether the client gets events that only tell the usage
	 * @param done the event that ends a completed stream. It is sent if the gateway did
	 * not send one, or sent it before the usage, which is waited for then; empty if the
	 * protocol has no such event
	 * @param errors how failures are reported
	 */
	public VerbatimFormat(boolean usageWanted, String done, ErrorFormat errors) {
		this(usageWanted, done, errors, null);
	}

	private VerbatimFormat(boolean usageWanted, String done, ErrorFormat errors, @Nullable FailureEnding ending) {
		this.usageWanted = usageWanted;
		this.done = done.getBytes(StandardCharsets.UTF_8);
		this.errors = errors;
		this.ending = ending;
	}

	/**
	 * Create the format of one stream of typed events, which ends with one of them.
	 * @param errors how failures are reported
	 * @return the format
	 */
	public static VerbatimFormat ofTypedEvents(ErrorFormat errors) {
		return new VerbatimFormat(true, "", errors, null);
	}

	/**
	 * Create the format of one stream of OpenAI's Responses.
	 * @param errors how failures before the beginning are reported
	 * @return the format
	 */
	public static VerbatimFormat ofResponses(ErrorFormat errors) {
		return new VerbatimFormat(true, "", errors, new ResponsesEnding());
	}

	@Override
	public @Nullable DataBuffer next(EventStream events) {
		return read(events, null);
	}

	@Override
	public @Nullable DataBuffer next(EventStream events, DataBuffer buffer) {
		return read(events, buffer);
	}

	private @Nullable DataBuffer read(EventStream events, @Nullable DataBuffer buffer) {
		if (this.ended) {
			return null;
		}
		Slices slices = new Slices();
		EventKind lastRelayed = null;
		for (Event event = events.next(); event != null; event = events.next()) {
			if (isRelayed(event, events)) {
				lastRelayed = events.meaning();
				this.begun |= (lastRelayed != EventKind.ERROR);
				add(event, events, slices);
				if (this.ending != null) {
					this.ending.relayed(event, lastRelayed);
				}
			}
		}
		if (events.outcome() != null) {
			this.ended = true;
			end(events, slices, lastRelayed);
		}
		return slices.isEmpty() ? null : slices.handOn(events, buffer);
	}

	/**
	 * An event does not wait for the line feed of its last line end. It is relayed with
	 * one, so that whatever follows, of ours too, stands on a line of its own.
	 */
	private void add(Event event, EventStream events, Slices slices) {
		if (hasMoreThanData(event) && events.hasSecret(event)) {
			byte[] redacted = ("data: " + events.withoutSecret(event).replace("\n", "\ndata: ") + "\n\n")
				.getBytes(StandardCharsets.UTF_8);
			slices.add(redacted, 0, redacted.length);
			return;
		}
		byte[] bytes = event.block();
		int start = event.blockStart();
		int end = event.blockEnd();
		if (this.ahead && start < end && bytes[start] == '\n') {
			start++;
		}
		slices.add(bytes, start, end);
		this.ahead = end - start > 1 && bytes[end - 1] == '\r' && bytes[end - 2] == '\n';
		if (this.ahead) {
			slices.add(LINE_FEED, 0, LINE_FEED.length);
		}
	}

	/**
	 * Return whether there are comments or other fields in an event, which few have.
	 */
	private static boolean hasMoreThanData(Event event) {
		String type = event.type();
		int typeLine = type.equals(UNNAMED) ? 0 : type.length() + TYPE_FRAME;
		return event.blockEnd() - event.blockStart() > event.dataEnd() - event.dataStart() + USUAL_FRAME + typeLine;
	}

	@Override
	public boolean hasSentError() {
		return this.errorSent;
	}

	@Override
	public DataBuffer error(Throwable failure) {
		return DefaultDataBufferFactory.sharedInstance
			.wrap((this.ending != null) ? this.ending.rest(failure) : this.errors.event(failure));
	}

	private boolean isRelayed(Event event, EventStream events) {
		return switch (events.meaning()) {
			case CHUNK -> true;
			case USAGE -> this.usageWanted;
			case DONE -> events.outcome() == Outcome.COMPLETED;
			case ERROR -> isPlainError(event, events);
			case NOTHING -> false;
		};
	}

	/**
	 * Return whether the gateway's own error event is one that any client understands,
	 * and that any client may see.
	 */
	private static boolean isPlainError(Event event, EventStream events) {
		ApertisException failure = events.failure();
		boolean ownersTrouble = failure instanceof AuthenticationException || failure instanceof BillingException;
		return events.isErrorConventional() && !ownersTrouble && !events.hasSecret(event);
	}

	private void end(EventStream events, Slices slices, @Nullable EventKind last) {
		if (events.failure() == null) {
			if (last != EventKind.DONE) {
				slices.add(this.done, 0, this.done.length);
			}
			// another marker than that of the protocol, which some gateways append
			for (Event event = (this.done.length == 0) ? events.doneBehindEnd() : null; event != null; event = events
				.doneBehindEnd()) {
				add(event, events, slices);
			}
		}
		else if (!this.begun) {
			slices.clear();
		}
		else {
			this.errorSent = (this.ending != null) ? this.ending.isTold() : (last == EventKind.ERROR);
		}
	}

	/**
	 * Pieces of arrays. As a rule they lie side by side, and came in one buffer.
	 */
	private static final class Slices {

		private byte[] bytes = NOTHING;

		private int start;

		private int end;

		private @Nullable ByteArrayOutputStream joined;

		boolean isEmpty() {
			return this.start == this.end && this.joined == null;
		}

		void clear() {
			this.start = this.end;
			this.joined = null;
		}

		void add(byte[] bytes, int start, int end) {
			if (isEmpty()) {
				this.bytes = bytes;
				this.start = start;
				this.end = end;
			}
			else if (this.joined == null && this.bytes == bytes && this.end == start) {
				this.end = end;
			}
			else {
				if (this.joined == null) {
					this.joined = new ByteArrayOutputStream(2 * (this.end - this.start));
					this.joined.write(this.bytes, this.start, this.end - this.start);
				}
				this.joined.write(bytes, start, end - start);
			}
		}

		/**
		 * Events lose their bytes when more are read: they are copied, unless they are
		 * all that the buffer has.
		 */
		DataBuffer handOn(EventStream events, @Nullable DataBuffer buffer) {
			if (this.joined != null) {
				return DefaultDataBufferFactory.sharedInstance.wrap(this.joined.toByteArray());
			}
			if (buffer != null && events.isLastBuffer(this.bytes, this.start, this.end)) {
				return buffer;
			}
			DataBufferFactory buffers = (buffer != null) ? buffer.factory() : DefaultDataBufferFactory.sharedInstance;
			int length = this.end - this.start;
			return buffers.allocateBuffer(length).write(this.bytes, this.start, length);
		}

	}

}
