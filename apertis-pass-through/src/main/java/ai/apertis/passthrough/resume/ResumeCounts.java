package ai.apertis.passthrough.resume;

import java.util.concurrent.atomic.LongAdder;

import ai.apertis.passthrough.PassThroughEvents;

/**
 * Counts what happens to streams that can be resumed, and tells it on.
 */
final class ResumeCounts implements PassThroughEvents {

	private final PassThroughEvents listener;

	private final LongAdder stored = new LongAdder();

	private final LongAdder givenUp = new LongAdder();

	private final LongAdder detached = new LongAdder();

	private final LongAdder resumed = new LongAdder();

	private final LongAdder lost = new LongAdder();

	ResumeCounts(PassThroughEvents listener) {
		this.listener = listener;
	}

	@Override
	public void streamStored() {
		this.stored.increment();
		this.listener.streamStored();
	}

	@Override
	public void storingGivenUp() {
		this.givenUp.increment();
		this.listener.storingGivenUp();
	}

	@Override
	public void detached() {
		this.detached.increment();
		this.listener.detached();
	}

	@Override
	public void resumed() {
		this.resumed.increment();
		this.listener.resumed();
	}

	@Override
	public void ownerLost() {
		this.lost.increment();
		this.listener.ownerLost();
	}

	ResumeActivity activity(long bytesWaiting) {
		return new ResumeActivity(this.stored.sum(), bytesWaiting, this.givenUp.sum(), this.detached.sum(),
				this.resumed.sum(), this.lost.sum());
	}

}
