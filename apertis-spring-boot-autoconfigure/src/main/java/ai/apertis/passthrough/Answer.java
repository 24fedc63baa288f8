package ai.apertis.passthrough;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The answer to a client's request, for one subscriber. Nothing is sent upstream before
 * it is subscribed to.
 *
 * @param head tells, from the first bytes on, what to send before them
 * @param body the bytes to write, each to be flushed at once. Fails only if there are
 * none, and the answer is an {@link ErrorAnswer}
 * @param broken tells, once the body has completed, whether it has failed after its
 * beginning: its last bytes have told of it, and the connection must be broken off
 * @param stalled completes if the client has taken nothing for too long, so that the
 * connection must be closed
 */
public record Answer(Supplier<AnswerHead> head, Flux<ByteBuffer> body, BooleanSupplier broken, Mono<Void> stalled) {

	/**
	 * An answer that is known as a whole before any of it is sent.
	 */
	static Answer ofJson(Mono<Json> json) {
		Whole whole = new Whole();
		return new Answer(whole::head, json.doOnNext(whole::know).map((known) -> ByteBuffer.wrap(known.bytes())).flux(),
				() -> false, Mono.never());
	}

	/**
	 * A JSON document.
	 */
	record Json(byte[] bytes, Map<String, String> headers) {
	}

	private static final class Whole {

		private volatile AnswerHead head = AnswerHead.ofJson(0, Map.of());

		AnswerHead head() {
			return this.head;
		}

		void know(Json json) {
			this.head = AnswerHead.ofJson(json.bytes().length, json.headers());
		}

	}

}
