package ai.apertis.passthrough.format;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamReader;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;
import reactor.util.context.ContextView;
import tools.jackson.databind.JsonNode;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;

/**
 * The bytes that go down to the client of one stream, made of the gateway's events. A
 * stream that completes ends with the done marker of its protocol, one that does not ends
 * without. If it fails before its first event, the format gives nothing, so that the
 * failure can be answered with a status of its own. Used by one thread at a time, but for
 * {@link #hasSentError()}. Whoever gets a buffer releases it.
 */
public interface StreamFormat extends StreamReader<DataBuffer> {

	/** The media type of an event stream. */
	MediaType EVENT_STREAM = new MediaType(MediaType.TEXT_EVENT_STREAM, StandardCharsets.UTF_8);

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
	default DataBuffer heartbeat() {
		// without an empty line, at which some decoders would hand out an empty event
		return DefaultDataBufferFactory.sharedInstance.wrap(": keep-alive\n".getBytes(StandardCharsets.US_ASCII));
	}

	/**
	 * Return the media type of the stream.
	 * @return the media type
	 */
	default MediaType contentType() {
		return EVENT_STREAM;
	}

	/**
	 * Return the headers that clients of the format expect.
	 * @return the headers by name
	 */
	default Map<String, String> headers() {
		return Map.of();
	}

	/**
	 * Make the calls of which the stream is made. It is one, unless overridden.
	 * @param calls makes a call, and reads its answer by this format
	 * @return the bytes of the stream
	 */
	default Flux<DataBuffer> conversation(Calls calls) {
		return calls.call(List.of());
	}

	/**
	 * The client has gone, and the answer is read on only to know what it costs. May be
	 * called by any thread.
	 */
	default void abandoned() {
	}

	@Override
	default void discard(DataBuffer bytes, Context context) {
		DataBufferUtils.release(bytes);
	}

	/**
	 * Makes the calls of one stream.
	 */
	interface Calls {

		/**
		 * Return what the first call sends, after all policies.
		 * @return the request to the gateway
		 */
		ApiRequest request();

		/**
		 * Return the context of the exchange, to which belongs what is done between the
		 * calls.
		 * @return the context
		 */
		ContextView context();

		/**
		 * Make a call. Each is counted on its own; the next one may be made when the one
		 * before has completed.
		 * @param messages what has been said since the client's request, in the form of
		 * its protocol: nothing in the first call
		 * @return the bytes that the format makes of the answer
		 */
		Flux<DataBuffer> call(List<? extends JsonNode> messages);

	}

}
