package ai.apertis.client.upstream;

import java.util.function.Function;
import java.util.function.IntSupplier;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Body of whichever attempt of a call is answered. The operators that start, watch and
 * retry the attempts see how a body ends, but not its buffers: these go straight from the
 * HTTP client to the reader, as each operator on their way would cost time per token.
 */
final class DirectBody extends Flux<DataBuffer> {

	private final Function<Downstream, Flux<Void>> attempts;

	private final EventMemory memory;

	private final IntSupplier gathered;

	/**
	 * Create a body. To be subscribed to once.
	 * @param memory what large events may take
	 * @param gathered tells, to whoever requests buffers, how much of an event has come
	 * that is not whole yet
	 * @param attempts makes the attempts, puts their bodies through, and completes or
	 * fails as the body does that is read
	 */
	DirectBody(EventMemory memory, IntSupplier gathered, Function<Downstream, Flux<Void>> attempts) {
		this.memory = memory;
		this.gathered = gathered;
		this.attempts = attempts;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		Downstream downstream = new Downstream(actual, this.memory.share(), this.gathered);
		actual.onSubscribe(downstream);
		this.attempts.apply(downstream).subscribe(downstream.attempts());
	}

}
