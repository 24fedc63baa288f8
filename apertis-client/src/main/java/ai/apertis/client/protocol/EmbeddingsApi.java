package ai.apertis.client.protocol;

import java.util.Set;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamProtocol;
import org.jspecify.annotations.Nullable;

/**
 * {@link ApiProtocol} of the endpoint for embeddings.
 */
public final class EmbeddingsApi implements ApiProtocol {

	private static final EmbeddingsApi PROTOCOL = new EmbeddingsApi();

	private EmbeddingsApi() {
	}

	/**
	 * Create a request for embeddings.
	 * @param model the model in the JSON, {@code null} if it names none
	 * @param json the body, which must not be changed any more
	 * @return the request
	 */
	public static ApiRequest request(@Nullable String model, byte[] json) {
		return new ApiRequest("/embeddings", PROTOCOL, model, false, json);
	}

	@Override
	public StreamProtocol start(int choices, StreamLimits limits) {
		return new WholeProtocol();
	}

	@Override
	public String operation() {
		return "embeddings";
	}

	@Override
	public Set<String> promptMembers() {
		return Set.of("input");
	}

}
