package ai.apertis.passthrough.exchange;

import ai.apertis.client.observation.BoundedNames;
import ai.apertis.passthrough.PassThroughEvents;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * {@link PassThroughEvents} that counts.
 */
public class PassThroughMeters implements PassThroughEvents {

	private static final String PREFIX = "apertis.pass-through.";

	/** A policy can name any reason. */
	private static final int MAX_REASONS = 50;

	private final MeterRegistry registry;

	private final BoundedNames reasons = new BoundedNames(MAX_REASONS);

	private final Counter heartbeats;

	/**
	 * Create meters.
	 * @param registry where to count
	 */
	public PassThroughMeters(MeterRegistry registry) {
		this.registry = registry;
		this.heartbeats = Counter.builder(PREFIX + "heartbeats")
			.description("Signs of life for clients of silent streams")
			.register(registry);
	}

	@Override
	public void refused(String code) {
		Counter.builder(PREFIX + "refused")
			.description("Requests that were not sent upstream, and streams that were stopped")
			.tag("reason", this.reasons.add(code))
			.register(this.registry)
			.increment();
	}

	@Override
	public void heartbeat() {
		this.heartbeats.increment();
	}

	@Override
	public void streamStored() {
		resumable("stored", "Streams that are stored, so that they can be resumed");
	}

	@Override
	public void storingGivenUp() {
		resumable("given-up", "Streams that are not stored to their end, as they are too large or the store too slow");
	}

	@Override
	public void detached() {
		resumable("detached", "Stored streams that were read on when their client hung up");
	}

	@Override
	public void resumed() {
		resumable("resumes", "Requests that have resumed a stream");
	}

	@Override
	public void ownerLost() {
		resumable("lost", "Stored streams whose instance of the application has gone");
	}

	private void resumable(String name, String description) {
		Counter.builder(PREFIX + "streams." + name).description(description).register(this.registry).increment();
	}

	@Override
	public void disconnected(boolean draining) {
		Counter.builder(PREFIX + "disconnects")
			.description("Clients that hung up before the end of their stream")
			.tag("draining", Boolean.toString(draining))
			.register(this.registry)
			.increment();
	}

}
