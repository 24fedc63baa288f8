package ai.apertis.passthrough.exchange;

import java.util.List;
import java.util.function.Function;

import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.limit.CallBudget;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;
import tools.jackson.databind.JsonNode;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * The calls of which one stream is made. The first one is observed together with the
 * delivery, so that its bytes pass by no operator; the others are on their own.
 */
final class StreamedCalls implements StreamFormat.Calls {

	private final Function<List<? extends JsonNode>, Mono<Call>> further;

	private final Function<Call, Flux<DataBuffer>> read;

	private final ContextView context;

	private final Call first;

	private volatile Call latest;

	private volatile boolean abandoned;

	/**
	 * Create the calls.
	 * @param first the first call, which has been started
	 * @param further starts a further call
	 * @param read reads its answer
	 * @param context the context of the exchange
	 */
	StreamedCalls(Call first, Function<List<? extends JsonNode>, Mono<Call>> further,
			Function<Call, Flux<DataBuffer>> read, ContextView context) {
		this.further = further;
		this.read = read;
		this.context = context;
		this.first = first;
		this.latest = first;
	}

	@Override
	public ApiRequest request() {
		return this.first.request();
	}

	@Override
	public ContextView context() {
		return this.context;
	}

	@Override
	public Flux<DataBuffer> call(List<? extends JsonNode> messages) {
		return messages.isEmpty() ? this.read.apply(this.first) : Flux.defer(() -> further(messages));
	}

	/**
	 * Nothing is asked for a client that has gone.
	 */
	private Flux<DataBuffer> further(List<? extends JsonNode> messages) {
		if (this.abandoned) {
			return Flux.empty();
		}
		return this.further.apply(messages).flatMapMany(this::observed);
	}

	private Flux<DataBuffer> observed(Call call) {
		this.latest = call;
		if (this.abandoned) {
			call.observation().abandoned();
		}
		return call.observation().over(this.read.apply(call));
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
		this.abandoned = true;
		this.latest.observation().abandoned();
	}

	/**
	 * A call that has been started.
	 *
	 * @param request what is sent
	 * @param observation its observation
	 * @param budget what is reserved for it, {@code null} if it needs no budget
	 */
	record Call(ApiRequest request, ChatObservation observation, @Nullable CallBudget budget) {
	}

}
