package ai.apertis.passthrough.delivery;

import java.util.function.Supplier;

import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.format.StreamFormat;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Delivers one stream to its client: with signs of life while the gateway is silent, with
 * an error event if it fails once anything has been delivered, and with what is to happen
 * when the client hangs up or the application wants it to end.
 * <p>
 * The next bytes are requested only when the last have been taken. There is one timer for
 * the stream, and none for an event.
 */
public final class Delivery extends Flux<DataBuffer> {

	private static final Log logger = LogFactory.getLog(Delivery.class);

	private final Flux<DataBuffer> events;

	private final StreamFormat format;

	private final DeliverySettings settings;

	private final PassThroughEvents listener;

	private final Supplier<HangUp> hangUp;

	private volatile @Nullable RuntimeException stopped;

	private volatile @Nullable DeliverySubscriber subscriber;

	private volatile boolean broken;

	private volatile boolean limited;

	private final Sinks.Empty<Void> stalled = Sinks.empty();

	private final Sinks.Empty<Void> ended = Sinks.empty();

	/**
	 * Create a delivery. To be subscribed to once.
	 * @param events the bytes of the events
	 * @param format what makes them
	 * @param settings signs of life, draining and limits
	 * @param listener called for heartbeats and hang-ups
	 * @param hangUp tells, when the client hangs up, what happens with the stream
	 */
	public Delivery(Flux<DataBuffer> events, StreamFormat format, DeliverySettings settings, PassThroughEvents listener,
			Supplier<HangUp> hangUp) {
		this.events = events;
		this.format = format;
		this.settings = settings;
		this.listener = listener;
		this.hangUp = hangUp;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		this.events.subscribe(new DeliverySubscriber(this, actual));
	}

	/**
	 * End the stream, whatever it is at. May be called by any thread.
	 * @param reason what to tell the client
	 */
	public void stop(RuntimeException reason) {
		this.stopped = reason;
		DeliverySubscriber subscriber = this.subscriber;
		if (subscriber != null) {
			subscriber.stop();
		}
	}

	/**
	 * Return whether the stream has failed after a part of it had been delivered.
	 * @return whether the connection must be broken off
	 */
	public boolean isBroken() {
		return this.broken;
	}

	/**
	 * Wait for a client that takes nothing. Only whoever subscribes to this has such a
	 * client cut off; a servlet container has a limit of its own.
	 * @return completes if the client has not taken anything for too long. The delivery
	 * has ended then, and its connection is to be closed
	 */
	public Mono<Void> stalled() {
		return this.stalled.asMono().doOnSubscribe((subscription) -> this.limited = true);
	}

	/**
	 * Whether somebody closes the connection of a client that takes nothing.
	 */
	boolean isLimited() {
		return this.limited;
	}

	/**
	 * Wait for the end of the stream.
	 * @return completes when nothing of the stream is read any more
	 */
	public Mono<Void> ended() {
		return this.ended.asMono();
	}

	StreamFormat format() {
		return this.format;
	}

	DeliverySettings settings() {
		return this.settings;
	}

	PassThroughEvents listener() {
		return this.listener;
	}

	@Nullable RuntimeException whyStopped() {
		return this.stopped;
	}

	void begun(DeliverySubscriber subscriber) {
		this.subscriber = subscriber;
	}

	/**
	 * The client has hung up before the end.
	 * @param source the stream
	 * @param begun whether anything of it has been delivered
	 * @param timers runs the time limit of reading on
	 * @return what reads the stream on, {@code null} if that is not to be
	 */
	@Nullable Draining hungUp(@Nullable Subscription source, boolean begun, Scheduler timers) {
		logger.debug("The client has gone before the end of its stream");
		HangUp hangUp = this.hangUp.get();
		if (source == null || this.stopped != null || !hangUp.limits().begin(begun)) {
			this.listener.disconnected(false);
			return null;
		}
		// before anybody is told, who could end the stream
		hangUp.readOn().run();
		this.listener.disconnected(true);
		return new Draining(source, hangUp.limits(), timers, this::end);
	}

	void breakOff() {
		this.broken = true;
	}

	void stall() {
		logger.debug("The client has taken nothing for " + this.settings.writeTimeout());
		this.stalled.tryEmitEmpty();
	}

	void end() {
		this.ended.tryEmitEmpty();
	}

}
