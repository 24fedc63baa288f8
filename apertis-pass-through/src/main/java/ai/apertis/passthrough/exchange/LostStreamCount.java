package ai.apertis.passthrough.exchange;

import java.util.List;
import java.util.function.Consumer;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ObservedRequest;
import ai.apertis.client.observation.ServerAddress;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.passthrough.resume.LostStream;
import reactor.util.context.Context;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Counts streams whose instance of the application has gone before it could: as
 * interrupted calls, with the prompt as it was estimated, and a token for each event.
 */
public final class LostStreamCount implements Consumer<LostStream> {

	private final ChatObservations observations;

	private final ServerAddress server;

	/**
	 * Create a count.
	 * @param observations how calls are observed
	 * @param baseUrl the gateway's base URL
	 */
	public LostStreamCount(ChatObservations observations, String baseUrl) {
		this.observations = observations;
		this.server = ServerAddress.of(baseUrl);
	}

	@Override
	public void accept(LostStream lost) {
		ObjectNode json = JsonNodeFactory.instance.objectNode().put("model", lost.model()).put("stream", true);
		ApiRequest request = ChatCompletionsApi.request(lost.model(), 1, true,
				JsonMapper.shared().writeValueAsBytes(json));
		ChatObservation observation = this.observations.start(new ObservedRequest(request, this.server, (name) -> null),
				Context.empty());
		ObjectNode usage = JsonNodeFactory.instance.objectNode()
			.put("prompt_tokens", lost.promptTokens())
			.put("completion_tokens", lost.events());
		observation.sending();
		observation.ended(Outcome.INTERRUPTED,
				new StreamSummary(null, List.of(), lost.events(), lost.events(), 0, usage),
				new StreamInterruptedException("The instance that had the stream has gone", null));
	}

}
