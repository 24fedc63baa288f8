package ai.apertis.client.upstream;

import java.io.ByteArrayOutputStream;

import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.EventStream;
import ai.apertis.client.sse.Outcome;
import org.jspecify.annotations.Nullable;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Looks at the first event of a body before anything of the body is handed on. An error
 * there is like an answer with an error's status: the exchange may be repeated.
 */
final class FirstEvent {

	private final EventStream probe;

	private final Runnable accepted;

	private final ByteArrayOutputStream held = new ByteArrayOutputStream();

	private final int mostHeld;

	/**
	 * Create a look at one body.
	 * @param probe a stream of its own, which nobody listens to
	 * @param mostHeld how many bytes of comments may come before it
	 * @param accepted is run when the first event is no error
	 */
	FirstEvent(EventStream probe, int mostHeld, Runnable accepted) {
		this.probe = probe;
		this.mostHeld = mostHeld;
		this.accepted = accepted;
	}

	/**
	 * Look at the next buffer.
	 * @return all that has come so far, if the first event is among it and no error
	 * @throws ApertisException if it is an error
	 */
	@Nullable DataBuffer lookAt(DataBuffer buffer) {
		hold(buffer);
		Event first = this.probe.next();
		ApertisException failure = this.probe.failure();
		if (this.probe.outcome() == Outcome.FAILED && failure != null) {
			throw failure;
		}
		if (first != null) {
			this.accepted.run();
			return DefaultDataBufferFactory.sharedInstance.wrap(this.held.toByteArray());
		}
		if (this.held.size() > this.mostHeld) {
			throw new MalformedResponseException("The gateway sent more than " + this.mostHeld
					+ " bytes of comments, and no event; the limit is apertis.stream.max-event-size", null);
		}
		return null;
	}

	private void hold(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		this.held.writeBytes(bytes);
		this.probe.append(DefaultDataBufferFactory.sharedInstance.wrap(bytes));
	}

}
