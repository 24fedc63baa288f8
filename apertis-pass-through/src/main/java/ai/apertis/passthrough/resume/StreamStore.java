package ai.apertis.passthrough.resume;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps streams for those who resume them. A stream has one owner at a time, who holds a
 * lease of it; an owner that has lost its stream can change nothing of it any more.
 * Streams are forgotten some time after their end. Nothing here blocks; safe for use by
 * several threads, and, if it is shared, by several instances of the application.
 */
public interface StreamStore {

	/**
	 * Return whether it outlives the instance that stores a stream, so that somebody else
	 * may have to count what the stream costs.
	 * @return whether several instances share it
	 */
	default boolean isShared() {
		return true;
	}

	/**
	 * Begin a stream, in the place of one with the same id that has ended.
	 * @param start the stream
	 * @return whether it is the caller's now; it is not if one with the same id runs, and
	 * is not to be replaced
	 */
	Mono<Opening> open(StreamStart start);

	/**
	 * Renew the lease.
	 * @param id the stream's id
	 * @param generation the owner's generation
	 * @return what the owner has to know
	 */
	Mono<Ownership> renew(String id, String generation);

	/**
	 * Add to a stream, and renew the lease. A batch that is stored already is not stored
	 * again, so that an attempt whose result is not known can be repeated. Where events
	 * before it are missing, as the store has lost them, the stream is not its owner's
	 * any more.
	 * @param id the stream's id
	 * @param generation the owner's generation
	 * @param batch the next events
	 * @return what the owner has to know
	 */
	Mono<Ownership> append(String id, String generation, Batch batch);

	/**
	 * End a stream.
	 * @param id the stream's id
	 * @param generation the owner's generation
	 * @param state how it has ended
	 * @return completes also if it belongs to another one
	 */
	Mono<Void> finish(String id, String generation, StreamState state);

	/**
	 * Read a stream.
	 * @param id the stream's id
	 * @param after the number of the last event that is known, 0 for none
	 * @return what is stored behind it, empty if there is no such stream
	 */
	Mono<Slice> read(String id, long after);

	/**
	 * Ask the owner of a stream to end it, which it learns when it adds to it or renews
	 * its lease.
	 * @param id the stream's id
	 * @return completes also if there is no such stream, or it has ended
	 */
	Mono<Void> stop(String id);

	/**
	 * End a stream as lost if its owner has not renewed the lease.
	 * @param id the stream's id
	 * @return the stream, for one caller only; empty if it is not lost
	 */
	Mono<LostStream> expire(String id);

	/**
	 * {@linkplain #expire Expire} all streams whose owners have gone.
	 * @return those that have been lost since somebody looked last
	 */
	Flux<LostStream> sweep();

	/**
	 * Tell which streams run, at whichever instance.
	 * @return the streams, not all if there are many
	 */
	Flux<RunningStream> running();

}
