package ai.apertis.passthrough;

import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The answer to a client's request, for one subscriber. Nothing is sent upstream before
 * it is subscribed to.
 *
 * @param head tells, from the first bytes on, what to send before them
 * @param body the bytes to write, each to be flushed at once. Fails only if there are
 * none, and the answer is an {@link ErrorResponse}
 * @param broken tells, once the body has completed, whether it has failed after its
 * beginning: its last bytes have told of it, and the connection must be broken off
 * @param stalled completes if the client has taken nothing for too long, so that the
 * connection must be closed
 * @param signOfLife gives bytes that may be sent between those of the body, only to see
 * whether the client takes them; {@code null} if there are none
 */
public record StreamedResponse(Supplier<ResponseHead> head, Flux<ByteBuffer> body, BooleanSupplier broken,
		Mono<Void> stalled, Supplier<@Nullable ByteBuffer> signOfLife) {

}
