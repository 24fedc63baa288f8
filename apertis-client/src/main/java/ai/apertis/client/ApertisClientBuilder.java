package ai.apertis.client;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.connection.ConnectionPool;
import ai.apertis.client.observation.ChatObservationConvention;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ServerAddress;
import ai.apertis.client.schema.JsonSchemas;
import ai.apertis.client.upstream.Upstream;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Builds an {@link ApertisClient}. Not safe for use by several threads at a time.
 */
public final class ApertisClientBuilder {

	/** The gateway's public address. */
	public static final String DEFAULT_BASE_URL = "https://api.apertis.ai/v1";

	private final Map<String, Object> defaults = new LinkedHashMap<>();

	private WebClient.@Nullable Builder webClient;

	private ConnectionLimits connectionLimits = ConnectionLimits.DEFAULTS;

	private String baseUrl = DEFAULT_BASE_URL;

	private @Nullable Supplier<String> apiKey;

	private CallOptions options = CallOptions.DEFAULTS;

	private boolean ownExchange;

	private @Nullable Upstream upstream;

	private @Nullable ChatObservations observations;

	private JsonMapper jsonMapper = JsonMapper.shared();

	ApertisClientBuilder() {
	}

	/**
	 * Set the API key.
	 * @param apiKey the key
	 * @return this builder
	 */
	public ApertisClientBuilder apiKey(String apiKey) {
		return apiKey(() -> apiKey);
	}

	/**
	 * Set where the API key comes from.
	 * @param apiKey gives the key, anew for each call
	 * @return this builder
	 */
	public ApertisClientBuilder apiKey(Supplier<String> apiKey) {
		this.apiKey = apiKey;
		this.ownExchange = true;
		return this;
	}

	/**
	 * Set where the gateway is, if not at {@value #DEFAULT_BASE_URL}.
	 * @param baseUrl the base URL, with its version
	 * @return this builder
	 */
	public ApertisClientBuilder baseUrl(String baseUrl) {
		this.baseUrl = baseUrl;
		this.ownExchange = true;
		return this;
	}

	/**
	 * Set how many connections there may be, and how long they live. Without effect if
	 * the web client is given, which has a connector of its own.
	 * @param limits the limits
	 * @return this builder
	 */
	public ApertisClientBuilder connectionLimits(ConnectionLimits limits) {
		this.connectionLimits = limits;
		this.ownExchange = true;
		return this;
	}

	/**
	 * Set what sends the requests, in place of a web client with a {@link ConnectionPool}
	 * of its own.
	 * @param webClient a builder with the connector and the filters to use
	 * @return this builder
	 */
	public ApertisClientBuilder webClientBuilder(WebClient.Builder webClient) {
		this.webClient = webClient;
		this.ownExchange = true;
		return this;
	}

	/**
	 * Set by which rules streams are read and judged.
	 * @param limits the rules
	 * @return this builder
	 */
	public ApertisClientBuilder streamLimits(StreamLimits limits) {
		this.options = this.options.withLimits(limits);
		this.ownExchange = true;
		return this;
	}

	/**
	 * Set how failed calls are retried.
	 * @param retries the policy
	 * @return this builder
	 */
	public ApertisClientBuilder retryPolicy(RetryPolicy retries) {
		this.options = this.options.withRetries(retries);
		this.ownExchange = true;
		return this;
	}

	/**
	 * Set the exchange with the gateway as a whole, in place of key, base URL, web
	 * client, rules and retries.
	 * @param upstream the exchange
	 * @return this builder
	 */
	public ApertisClientBuilder upstream(Upstream upstream) {
		this.upstream = upstream;
		return this;
	}

	/**
	 * Set where calls are observed. Without it they are not.
	 * @param registry the registry
	 * @param convention names and tags, {@code null} for the defaults
	 * @return this builder
	 */
	public ApertisClientBuilder observationRegistry(ObservationRegistry registry,
			@Nullable ChatObservationConvention convention) {
		return observations(new ChatObservations(registry, convention));
	}

	/**
	 * Set how calls are observed.
	 * @param observations the observations, which may be shared with a pass-through
	 * @return this builder
	 */
	public ApertisClientBuilder observations(ChatObservations observations) {
		this.observations = observations;
		return this;
	}

	/**
	 * Set what writes the values of parameters and of message content.
	 * @param jsonMapper the mapper
	 * @return this builder
	 */
	public ApertisClientBuilder jsonMapper(JsonMapper jsonMapper) {
		this.jsonMapper = jsonMapper;
		return this;
	}

	/**
	 * Set the model for requests that name none.
	 * @param model the model's id
	 * @return this builder
	 */
	public ApertisClientBuilder defaultModel(String model) {
		return defaultParameter("model", model);
	}

	/**
	 * Set a parameter for requests that do not set it.
	 * @param name the name on the wire
	 * @param value anything that can be written as JSON
	 * @return this builder
	 */
	public ApertisClientBuilder defaultParameter(String name, Object value) {
		this.defaults.put(name, value);
		return this;
	}

	/**
	 * Build the client.
	 * @return the client
	 * @throws IllegalStateException if there is no API key, or if the exchange is given
	 * as a whole and in parts
	 */
	public ApertisClient build() {
		if (this.upstream != null && this.ownExchange) {
			throw new IllegalStateException(
					"The exchange with the gateway is given as a whole: key, base URL, web client,"
							+ " rules and retries cannot be changed on the client's builder."
							+ " With Spring Boot, set the properties or define a bean of type Upstream");
		}
		if (this.upstream != null) {
			return client(this.upstream, null);
		}
		Supplier<String> key = this.apiKey;
		if (key == null || !StringUtils.hasText(key.get())) {
			throw new IllegalStateException(
					"An Apertis API key is required: call apiKey(...); get a key at https://apertis.ai/token");
		}
		if (this.webClient != null) {
			return client(new Upstream(this.webClient, this.baseUrl, key, this.options), null);
		}
		ConnectionPool pool = new ConnectionPool("apertis", this.connectionLimits);
		WebClient.Builder own = WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(pool.httpClient().proxyWithSystemProperties()));
		return client(new Upstream(own, this.baseUrl, key, this.options), pool);
	}

	private ApertisClient client(Upstream upstream, @Nullable ConnectionPool pool) {
		ChatObservations observations = (this.observations != null) ? this.observations
				: new ChatObservations(ObservationRegistry.NOOP, null);
		if (this.defaults.get("model") instanceof String model) {
			observations.add(model);
		}
		return new DefaultApertisClient(new ClientResources(upstream, new ChatJson(this.jsonMapper), new JsonSchemas(),
				observations, ServerAddress.of(upstream.baseUrl())), Map.copyOf(this.defaults), pool);
	}

}
