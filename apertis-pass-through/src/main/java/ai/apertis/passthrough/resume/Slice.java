package ai.apertis.passthrough.resume;

import java.util.List;

/**
 * What is stored of a stream behind some event.
 *
 * @param generation the owner's generation: another one is another stream
 * @param state the stream's state
 * @param owner hash of the user who may resume it, empty if whoever knows the id may
 * @param last the number of the last event that is stored, 0 if there is none
 * @param ownerGone whether its owner should have renewed its lease and has not
 * @param batches the next batches, not all if there are many
 */
public record Slice(String generation, StreamState state, String owner, long last, boolean ownerGone,
		List<Batch> batches) {

	public Slice {
		batches = List.copyOf(batches);
	}

	/**
	 * Return whether events are missing that were stored.
	 * @param after the number of the event behind which they would be
	 */
	boolean isDamagedBehind(long after) {
		return this.batches.isEmpty() && after < this.last;
	}

	/**
	 * Return the number of the last event of the batches.
	 * @param after the number of the event behind which they are
	 * @return the number, at least that of the event
	 */
	long lastOf(long after) {
		return this.batches.isEmpty() ? after : Math.max(after, this.batches.get(this.batches.size() - 1).last());
	}

}
