package ai.apertis.client.protocol;

import java.util.Set;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamProtocol;
import org.jspecify.annotations.Nullable;

/**
 * {@link ApiProtocol} of the endpoint that ranks documents.
 */
public final class RerankApi implements ApiProtocol {

	private static final RerankApi PROTOCOL = new RerankApi();

	private RerankApi() {
	}

	/**
	 * Create a request to rank documents.
	 * @param model the model in the JSON, {@code null} if it names none
	 * @param json the body, which must not be changed any more
	 * @return the request
	 */
	public static ApiRequest request(@Nullable String model, byte[] json) {
		return new ApiRequest("/rerank", PROTOCOL, model, false, json);
	}

	@Override
	public StreamProtocol start(int choices, StreamLimits limits) {
		return new WholeProtocol();
	}

	/**
	 * The conventions have no name for it yet.
	 */
	@Override
	public String operation() {
		return "rerank";
	}

	@Override
	public Set<String> promptMembers() {
		return Set.of("query", "documents");
	}

}
