package ai.apertis.client.upstream;

import java.io.ByteArrayOutputStream;
import java.util.function.BiConsumer;

import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.EventStream;
import ai.apertis.client.sse.Outcome;
import reactor.core.publisher.SynchronousSink;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Looks at the first event of a body before anything of the body is handed on. An error
 * there is like an answer with an error's status: the exchange may be repeated.
 */
final class FirstEvent implements BiConsumer<DataBuffer, SynchronousSink<DataBuffer>> {

	private final EventStream probe;

	private final Runnable accepted;

	private final ByteArrayOutputStream held = new ByteArrayOutputStream();

	private final int mostHeld;

	private boolean seen;

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

	@Override
	public void accept(DataBuffer buffer, SynchronousSink<DataBuffer> sink) {
		if (this.seen) {
			sink.next(buffer);
			return;
		}
		hold(buffer);
		Event first = this.probe.next();
		if (this.probe.outcome() == Outcome.FAILED && this.probe.failure() != null) {
			sink.error(this.probe.failure());
		}
		else if (first != null) {
			this.seen = true;
			this.accepted.run();
			sink.next(DefaultDataBufferFactory.sharedInstance.wrap(this.held.toByteArray()));
			this.held.reset();
		}
		else if (this.held.size() > this.mostHeld) {
			sink.error(new MalformedResponseException("The gateway sent more than " + this.mostHeld
					+ " bytes of comments, and no event; the limit is apertis.stream.max-event-size", null));
		}
	}

	private void hold(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		this.held.writeBytes(bytes);
		this.probe.append(DefaultDataBufferFactory.sharedInstance.wrap(bytes));
	}

}
