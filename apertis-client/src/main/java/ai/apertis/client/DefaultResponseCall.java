package ai.apertis.client;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ObservedRequest;
import ai.apertis.client.protocol.ResponsesApi;
import ai.apertis.client.responses.CollectedResponse;
import ai.apertis.client.responses.ResponseAccumulator;
import ai.apertis.client.responses.ResponseCall;
import ai.apertis.client.responses.ResponseEvent;
import ai.apertis.client.responses.ResponseRequest;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * Default {@link ResponseCall}.
 */
final class DefaultResponseCall implements ResponseCall {

	private final ClientResources client;

	private final ResponseRequest request;

	private final CallOptions options;

	DefaultResponseCall(ClientResources client, ResponseRequest request, CallOptions options) {
		this.client = client;
		this.request = request;
		this.options = options;
	}

	@Override
	public ResponseCall options(UnaryOperator<CallOptions> change) {
		return new DefaultResponseCall(this.client, this.request, change.apply(this.options));
	}

	@Override
	public Flux<ResponseEvent> events() {
		return Flux.defer(() -> events(new Ending()));
	}

	@Override
	public Mono<CollectedResponse> response() {
		return Mono.defer(() -> {
			ResponseAccumulator received = new ResponseAccumulator();
			Ending ending = new Ending();
			return events(ending).doOnNext(received::add)
				.then(Mono.fromSupplier(() -> received.response(ending.finishReason(), ending.usage())));
		});
	}

	private Flux<ResponseEvent> events(Ending ending) {
		return Flux.deferContextual((context) -> {
			Map<String, Object> members = new LinkedHashMap<>(this.request.parameters());
			members.put("stream", true);
			ApiRequest sent = ResponsesApi.request(this.request.model().orElse(null), true,
					WireJson.mapper().writeValueAsBytes(members));
			ChatObservation observation = this.client.observations()
				.start(new ObservedRequest(sent, this.client.server(), this.request.parameters()::get), context);
			return observation.over(this.client.upstream()
				.stream(sent, this.options, observation.and(ending))
				.read(DefaultResponseCall::next));
		});
	}

	private static @Nullable ResponseEvent next(EventStream events) {
		for (Event event = events.next(); event != null; event = events.next()) {
			if (event.hasData() && events.meaning() != EventKind.ERROR && event.dataText().startsWith("{")) {
				JsonNode json = WireJson.mapper()
					.readTree(event.data(), event.dataStart(), event.dataEnd() - event.dataStart());
				return new ResponseEvent(json.path("type").asString(""), json);
			}
		}
		return null;
	}

	/**
	 * How the stream has ended.
	 */
	private static final class Ending implements StreamListener {

		private volatile StreamSummary summary = StreamSummary.NONE;

		@Override
		public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
			this.summary = summary;
		}

		String finishReason() {
			return this.summary.finishReasons().stream().findFirst().orElse("");
		}

		@Nullable Usage usage() {
			JsonNode told = this.summary.usage();
			return (told != null) ? Usage.of(told) : null;
		}

	}

}
