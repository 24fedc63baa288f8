package ai.apertis.passthrough.format;

import ai.apertis.client.stream.StreamReader;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * The bytes that go down to the client of one stream, made of the gateway's events. A
 * stream that completes ends with the done marker of its protocol, one that does not ends
 * without. If it fails before its first event, the format gives nothing, so that the
 * failure can be answered with a status of its own. Used by one thread at a time, but for
 * {@link #hasSentError()}. Whoever gets a buffer releases it.
 */
public interface StreamFormat extends StreamReader<DataBuffer> {

	/**
	 * Return whether the client has been told why the stream has failed, by the gateway's
	 * own error. May be called by any thread.
	 * @return whether nothing more needs to be said
	 */
	boolean hasSentError();

	/**
	 * Return the last event of a stream that has failed after its beginning.
	 * @param failure the failure
	 * @return the bytes of the event
	 */
	DataBuffer error(Throwable failure);

	/**
	 * Return a sign of life, which clients ignore.
	 * @return bytes that may be sent between events
	 */
	DataBuffer heartbeat();

	@Override
	default void discard(DataBuffer bytes, Context context) {
		DataBufferUtils.release(bytes);
	}

}
