package ai.apertis.passthrough.exchange;

import java.util.Map;

import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.Delivery;
import ai.apertis.passthrough.delivery.DeliverySettings;
import ai.apertis.passthrough.delivery.DrainLimits;
import ai.apertis.passthrough.delivery.HangUp;
import ai.apertis.passthrough.delivery.ResponseHead;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.resume.ResumedStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * The exchange with one client who has come back for a stream. When it hangs up, only the
 * reading ends.
 */
final class ResumedExchange {

	private static final HangUp NO_LOSS = new HangUp(DrainLimits.none(), () -> {
	});

	private final ErrorFormat errors;

	private final DeliverySettings settings;

	private final PassThroughEvents listener;

	private final CurrentDelivery delivery = new CurrentDelivery();

	private volatile @Nullable StreamFormat format;

	ResumedExchange(ErrorFormat errors, DeliverySettings settings, PassThroughEvents listener) {
		this.errors = errors;
		this.settings = settings;
		this.listener = listener;
	}

	StreamedResponse respond(Flux<DataBuffer> body) {
		return new StreamedResponse(() -> ResponseHead.ofStream(Map.of()), body, this.errors, this.delivery::isBroken,
				this.delivery.stalled(), this::signOfLife);
	}

	private @Nullable DataBuffer signOfLife() {
		StreamFormat format = this.format;
		return (format != null && this.settings.heartbeat().isOn()) ? format.heartbeat() : null;
	}

	Flux<DataBuffer> deliver(ResumedStream stream) {
		StreamFormat format = stream.format(this.errors);
		Delivery delivery = new Delivery(stream.events(), format, this.settings, this.listener, () -> NO_LOSS);
		this.format = format;
		this.delivery.begun(delivery);
		return delivery;
	}

	void stop(RefusedException reason) {
		this.delivery.stop(reason);
	}

}
