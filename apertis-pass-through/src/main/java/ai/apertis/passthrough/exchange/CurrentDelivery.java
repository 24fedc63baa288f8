package ai.apertis.passthrough.exchange;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.Delivery;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The delivery of one exchange, once it has begun. It can be told to end before.
 */
final class CurrentDelivery {

	private final Sinks.One<Delivery> known = Sinks.one();

	private volatile @Nullable Delivery delivery;

	private volatile @Nullable RefusedException stopped;

	void begun(Delivery delivery) {
		this.delivery = delivery;
		this.known.tryEmitValue(delivery);
		stopIfWanted();
	}

	/**
	 * End the delivery, and tell its client.
	 */
	void stop(RefusedException reason) {
		this.stopped = reason;
		stopIfWanted();
	}

	private void stopIfWanted() {
		RefusedException reason = this.stopped;
		Delivery delivery = this.delivery;
		if (reason != null && delivery != null) {
			delivery.stop(reason);
		}
	}

	/**
	 * Return why it is to end, {@code null} if it is not.
	 */
	@Nullable RefusedException whyStopped() {
		return this.stopped;
	}

	boolean isBroken() {
		Delivery delivery = this.delivery;
		return delivery != null && delivery.isBroken();
	}

	Mono<Void> stalled() {
		return this.known.asMono().flatMap(Delivery::stalled);
	}

	/**
	 * Wait for its end, if it has begun.
	 */
	Mono<Void> ended() {
		Delivery delivery = this.delivery;
		return (delivery != null) ? delivery.ended() : Mono.empty();
	}

}
