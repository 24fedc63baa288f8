package ai.apertis.passthrough.delivery;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import ai.apertis.passthrough.format.ErrorFormat;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * The response to a client's request, for one subscriber. Nothing is sent upstream before
 * its body is subscribed to.
 *
 * @param head tells, from the first bytes on, what to send before them
 * @param body the bytes to write, each to be flushed at once, and released. Fails only if
 * there are none, and the response is an error
 * @param errors the format of that error
 * @param broken tells, once the body has completed, whether it has failed after its
 * beginning: its last bytes report it, and the connection must be broken off
 * @param stalled completes if the client has taken nothing for too long, so that the
 * connection must be closed
 * @param signOfLife gives bytes that may be sent between those of the body, only to see
 * whether the client takes them; {@code null} if there are none
 */
public record StreamedResponse(Supplier<ResponseHead> head, Flux<DataBuffer> body, ErrorFormat errors,
		BooleanSupplier broken, Mono<Void> stalled, Supplier<@Nullable DataBuffer> signOfLife) {

	/**
	 * How long to leave a broken stream open behind the event that reports its failure. A
	 * browser throws away what its page has not read yet when a connection breaks.
	 */
	public static final Duration BREAK_OFF_DELAY = Duration.ofMillis(200);

	/**
	 * Return the bytes to write in buffers that need not be released, for those who may
	 * not do so.
	 * @param buffers makes buffers of arrays
	 * @return the bytes
	 */
	public Flux<DataBuffer> bodyOnHeap(DataBufferFactory buffers) {
		return this.body.map((bytes) -> {
			byte[] copy = new byte[bytes.readableByteCount()];
			bytes.read(copy);
			DataBufferUtils.release(bytes);
			return buffers.wrap(copy);
		});
	}

}
