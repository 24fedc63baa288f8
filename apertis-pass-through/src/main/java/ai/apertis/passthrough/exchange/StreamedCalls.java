package ai.apertis.passthrough.exchange;

import java.util.List;
import java.util.function.Function;

import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.passthrough.format.StreamFormat;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * The calls of which one stream is made. The first one is observed together with the
 * delivery, so that its bytes pass by no operator; the others are on their own.
 */
final class StreamedCalls implements StreamFormat.Calls {

	private final Function<List<? extends JsonNode>, Call> start;

	private final Function<Call, Flux<DataBuffer>> read;

	private final Call first;

	private volatile Call latest;

	/**
	 * Create the calls, and start the first.
	 * @param start starts a call
	 * @param read reads its answer
	 */
	StreamedCalls(Function<List<? extends JsonNode>, Call> start, Function<Call, Flux<DataBuffer>> read) {
		this.start = start;
		this.read = read;
		this.first = start.apply(List.of());
		this.latest = this.first;
	}

	@Override
	public Flux<DataBuffer> call(List<? extends JsonNode> messages) {
		return messages.isEmpty() ? this.read.apply(this.first) : Flux.defer(() -> {
			Call call = this.start.apply(messages);
			this.latest = call;
			return call.observation().over(this.read.apply(call));
		});
	}

	/**
	 * Observe the delivery with the first call.
	 */
	Flux<Void> over(Flux<Void> delivery) {
		return this.first.observation().over(delivery);
	}

	/**
	 * The client has gone, and the call that is under way is read on.
	 */
	void abandoned() {
		this.latest.observation().abandoned();
	}

	/**
	 * A call that has been started.
	 *
	 * @param request what is sent
	 * @param observation its observation
	 */
	record Call(ApiRequest request, ChatObservation observation) {
	}

}
