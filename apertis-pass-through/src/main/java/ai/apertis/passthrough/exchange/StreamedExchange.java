package ai.apertis.passthrough.exchange;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

import ai.apertis.client.connection.CallersLoop;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.Delivery;
import ai.apertis.passthrough.delivery.ResponseHead;
import ai.apertis.passthrough.exchange.ActiveStreams.ActiveStream;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.resume.Recording;
import ai.apertis.passthrough.resume.ResumableStreams;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The exchange of one streamed response, from its admission to the end of its delivery.
 */
final class StreamedExchange {

	private final PassThrough passThrough;

	private final StreamFormat format;

	private volatile Map<String, String> headers = Map.of();

	private final CurrentDelivery delivery = new CurrentDelivery();

	private volatile @Nullable Recording recording;

	StreamedExchange(PassThrough passThrough, StreamFormat format) {
		this.passThrough = passThrough;
		this.format = format;
	}

	ResponseHead head() {
		Map<String, String> all = new LinkedHashMap<>(this.headers);
		all.putAll(this.format.headers());
		Recording recording = this.recording;
		String id = (recording != null) ? recording.tellId() : null;
		if (id != null) {
			all.put(ResumableStreams.ID_HEADER, id);
		}
		return ResponseHead.ofStream(this.format.contentType(), all);
	}

	boolean isBroken() {
		return this.delivery.isBroken();
	}

	Mono<Void> stalled() {
		return this.delivery.stalled();
	}

	/**
	 * Deliver the stream.
	 * @param put puts the delivery through to the client
	 */
	Flux<Void> deliver(AdmittedRequest admitted, Function<Delivery, Flux<Void>> put) {
		return Flux.using(() -> this.passThrough.begin(admitted, this::stop), (stream) -> this.passThrough.isRecording()
				? recordAndDeliver(admitted, put) : deliverNow(admitted, put), this::end);
	}

	private Flux<Void> recordAndDeliver(AdmittedRequest admitted, Function<Delivery, Flux<Void>> put) {
		CallersLoop loop = CallersLoop.current();
		return this.passThrough.recording(admitted, this.format)
			.doOnNext((recording) -> this.recording = recording)
			.then(Mono.defer(() -> loop.goOn(admitted)))
			.flatMapMany((ready) -> deliverNow(ready, put));
	}

	private Flux<Void> deliverNow(AdmittedRequest admitted, Function<Delivery, Flux<Void>> put) {
		return Flux.deferContextual((context) -> this.passThrough.deliver(admitted, this, (delivery) -> {
			begun(admitted, delivery);
			return put.apply(delivery);
		}, context));
	}

	StreamFormat format() {
		return this.format;
	}

	@Nullable Recording recording() {
		return this.recording;
	}

	/**
	 * The gateway has answered.
	 * @param headers the headers that go down
	 */
	void answered(Map<String, String> headers) {
		this.headers = headers;
	}

	/**
	 * Return why the stream is to end, {@code null} if it is not.
	 */
	@Nullable RefusedException whyStopped() {
		return this.delivery.whyStopped();
	}

	private void begun(AdmittedRequest admitted, Delivery delivery) {
		admitted.permit().keepUntil(delivery.ended());
		this.delivery.begun(delivery);
	}

	/**
	 * A stream that is read on keeps its place.
	 */
	private void end(ActiveStream stream) {
		this.delivery.ended().then(Mono.defer(this::stored)).subscribe(null, null, () -> this.passThrough.end(stream));
	}

	/**
	 * The end of a stream is stored before the application shuts down.
	 */
	private Mono<Void> stored() {
		Recording recording = this.recording;
		if (recording == null) {
			return Mono.empty();
		}
		recording.close();
		return recording.over().timeout(recording.patience(), Mono.empty());
	}

	/**
	 * End the stream, and tell its client.
	 */
	void stop(RefusedException reason) {
		this.delivery.stop(reason);
	}

}
