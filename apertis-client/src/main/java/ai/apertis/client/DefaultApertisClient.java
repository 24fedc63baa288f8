package ai.apertis.client;

import java.util.Map;

import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.Model;
import ai.apertis.client.connection.ConnectionPool;
import ai.apertis.client.error.Setting;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

/**
 * Default {@link ApertisClient}.
 */
final class DefaultApertisClient implements ApertisClient {

	private final ClientResources calls;

	private final Map<String, Object> defaults;

	private final @Nullable ConnectionPool connections;

	/**
	 * Create a client.
	 * @param connections what the client owns and has to close, {@code null} for nothing
	 */
	DefaultApertisClient(ClientResources calls, Map<String, Object> defaults, @Nullable ConnectionPool connections) {
		this.calls = calls;
		this.defaults = defaults;
		this.connections = connections;
	}

	@Override
	public ChatCall chat(ChatCompletionRequest request) {
		Assert.notNull(request, "The request must not be null");
		ChatCompletionRequest complete = request.withDefaults(this.defaults);
		if (complete.model().filter(StringUtils::hasText).isEmpty()) {
			throw new IllegalArgumentException("The request names no model and there is no default:"
					+ " call model(\"...\") on the request, or set " + this.calls.upstream().name(Setting.MODEL));
		}
		return new DefaultChatCall(this.calls, complete);
	}

	@Override
	public Flux<Model> models() {
		return this.calls.upstream().models().flatMapIterable((answer) -> this.calls.json().readModels(answer.json()));
	}

	@Override
	public void close() {
		if (this.connections != null) {
			this.connections.close();
		}
	}

}
