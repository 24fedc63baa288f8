package ai.apertis.client.upstream;

import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamReader;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Streamed response of the gateway.
 *
 * @param body the buffers of its body, which is always an event stream; fails if the
 * gateway does not answer with one. Cancelling closes the connection at once
 * @param events the stream that the buffers are to be read into
 */
public record UpstreamStream(Flux<DataBuffer> body, EventStream events) {

	/**
	 * Read the stream.
	 * @param reader makes elements of the stream's events
	 * @param <T> the type of the elements
	 * @return the elements, to be subscribed to once
	 */
	public <T> Flux<T> read(StreamReader<T> reader) {
		return this.events.read(this.body, reader);
	}

}
