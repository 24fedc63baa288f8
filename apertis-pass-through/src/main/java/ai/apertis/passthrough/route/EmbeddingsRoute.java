package ai.apertis.passthrough.route;

import java.util.List;

import ai.apertis.client.protocol.EmbeddingsApi;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import org.jspecify.annotations.Nullable;

/**
 * The route for embeddings.
 */
public final class EmbeddingsRoute implements Route {

	private static final ErrorFormat ERRORS = new OpenAiErrorFormat();

	private final RequestReader reader;

	private final SharedKeyRules shared;

	/**
	 * Create the route.
	 * @param rules what clients may ask for
	 * @param shared what they may use of what belongs to the owner of the key
	 */
	public EmbeddingsRoute(RequestRules rules, SharedKeyRules shared) {
		this.reader = new RequestReader(rules, List.of("input", "dimensions", "encoding_format", "task"));
		this.shared = shared;
	}

	@Override
	public String path() {
		return "/v1/embeddings";
	}

	@Override
	public ErrorFormat errors() {
		return ERRORS;
	}

	@Override
	public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
		RequestBody request = this.reader.read(body, List.of());
		return new WholeRequest(caller, user, this.shared.without(request, "user", "metadata", "service_tier"),
				EmbeddingsApi::request);
	}

}
