package ai.apertis.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import ai.apertis.client.ApertisClientBuilder;
import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.upstream.EventMemory;
import ai.apertis.client.wire.FinishReasons;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the Apertis client.
 *
 * @param apiKey API key to reach the gateway with.
 * @param baseUrl Base URL of the gateway, with the version of its API.
 * @param chat Defaults for chat requests.
 * @param stream How streams are read and judged.
 * @param retry How failed calls are retried.
 * @param http The HTTP client.
 * @param clients Further clients, by name. What one leaves open is as it is for the
 * default client.
 */
@ConfigurationProperties("apertis")
public record ApertisProperties(@Nullable String apiKey,
		@DefaultValue(ApertisClientBuilder.DEFAULT_BASE_URL) String baseUrl, @DefaultValue Chat chat,
		@DefaultValue Stream stream, @DefaultValue Retry retry, @DefaultValue Http http,
		@DefaultValue Map<String, Client> clients) {

	/**
	 * Never tells the key.
	 */
	@Override
	public String toString() {
		return "ApertisProperties[apiKey=" + ((this.apiKey != null) ? "[redacted]" : "none") + ", baseUrl="
				+ this.baseUrl + ", chat=" + this.chat + ", stream=" + this.stream + ", retry=" + this.retry + ", http="
				+ this.http + ", clients=" + this.clients.keySet() + "]";
	}

	/**
	 * Refuse what no client can be made of.
	 */
	void check(PropertyChecks checks) {
		this.chat.check(checks);
		this.stream.check(checks);
		this.retry.check(checks);
		this.http.check(checks);
	}

	/**
	 * Return the default call options.
	 * @return the options
	 */
	CallOptions toOptions() {
		return new CallOptions(this.stream.toLimits(), this.retry.toPolicy(), this.retry.failover(), Map.of());
	}

	/**
	 * Defaults for chat requests.
	 *
	 * @param model Model for requests that name none.
	 * @param temperature Sampling temperature.
	 * @param topP Nucleus sampling.
	 * @param maxTokens Limit of the tokens of an answer.
	 * @param maxCompletionTokens Limit of the tokens of an answer, hidden reasoning
	 * included.
	 * @param stop Texts that end an answer.
	 * @param reasoningEffort How much a reasoning model thinks, such as "low".
	 * @param parameters Further parameters, by their name on the wire. Numbers, booleans
	 * and JSON are sent as such.
	 */
	public record Chat(@Nullable String model, @Nullable Double temperature, @Nullable Double topP,
			@Nullable Long maxTokens, @Nullable Long maxCompletionTokens, @Nullable List<String> stop,
			@Nullable String reasoningEffort, @DefaultValue Map<String, Object> parameters) {

		void check(PropertyChecks checks) {
			checks.notBlank("chat.model", this.model);
			checks.positive("chat.max-tokens", this.maxTokens);
			checks.positive("chat.max-completion-tokens", this.maxCompletionTokens);
			checks.notBlank("chat.reasoning-effort", this.reasoningEffort);
			for (String unwanted : List.of("messages", "stream")) {
				if (this.parameters.containsKey(unwanted)) {
					checks.refuse("chat.parameters." + unwanted, null,
							"Each call says this by itself. Leave the property out.");
				}
			}
		}

		/**
		 * Return the defaults by their name on the wire.
		 * @return those that are set
		 */
		Map<String, Object> toParameters() {
			Map<String, Object> set = new LinkedHashMap<>();
			this.parameters.forEach((name, value) -> set.put(name, typed(value)));
			put(set, "model", this.model);
			put(set, "temperature", this.temperature);
			put(set, "top_p", this.topP);
			put(set, "max_tokens", this.maxTokens);
			put(set, "max_completion_tokens", this.maxCompletionTokens);
			put(set, "stop", this.stop);
			put(set, "reasoning_effort", this.reasoningEffort);
			return set;
		}

		/**
		 * Properties files and environment variables know text only.
		 */
		private static Object typed(Object value) {
			if (!(value instanceof String text)) {
				return value;
			}
			try {
				JsonNode json = JsonMapper.shared().readTree(text);
				return (json.isNumber() || json.isBoolean() || json.isContainer()) ? json : text;
			}
			catch (JacksonException ex) {
				// a text that is no JSON
				return text;
			}
		}

		private static void put(Map<String, Object> parameters, String name, @Nullable Object value) {
			if (value != null) {
				parameters.put(name, value);
			}
		}

	}

	/**
	 * How streams are read and judged.
	 *
	 * @param firstChunkTimeout Maximum time from a call to the first chunk of its answer.
	 * @param idleTimeout Maximum silence between two signs of life of a stream.
	 * @param contentTimeout Maximum time between two chunks, however many comments come
	 * between them.
	 * @param totalTimeout Maximum time that a call may take in all, with its retries.
	 * @param wholeResponseTimeout Maximum time of one attempt to get an answer that is
	 * not streamed.
	 * @param maxEventSize Largest size of a single event.
	 * @param eventMemory Maximum number of bytes that large events, and responses that
	 * are not streamed, may have together while they are gathered. A 32nd of the heap if
	 * not set.
	 * @param finishReasonRequired Whether a stream that is marked as done, but has no
	 * finish reason, counts as interrupted. Some providers never send one.
	 * @param failureFinishReasons Comma-separated list of further finish reasons that
	 * mean a failure, besides "error", "network_error" and the like.
	 */
	public record Stream(@DefaultValue("5m") Duration firstChunkTimeout, @DefaultValue("2m") Duration idleTimeout,
			@Nullable Duration contentTimeout, @Nullable Duration totalTimeout,
			@DefaultValue("10m") Duration wholeResponseTimeout, @DefaultValue("8MB") DataSize maxEventSize,
			@Nullable DataSize eventMemory, @DefaultValue("true") boolean finishReasonRequired,
			@DefaultValue Set<String> failureFinishReasons) {

		void check(PropertyChecks checks) {
			checks.positive("stream.first-chunk-timeout", this.firstChunkTimeout);
			checks.positive("stream.idle-timeout", this.idleTimeout);
			checks.positive("stream.content-timeout", this.contentTimeout);
			checks.positive("stream.total-timeout", this.totalTimeout);
			checks.positive("stream.whole-response-timeout", this.wholeResponseTimeout);
			checks.ofOneArray("stream.max-event-size", this.maxEventSize);
			checks.positive("stream.event-memory", this.eventMemory);
		}

		long eventMemoryBytes() {
			return (this.eventMemory != null) ? this.eventMemory.toBytes() : EventMemory.usualBytes();
		}

		StreamLimits toLimits() {
			return new StreamLimits(this.firstChunkTimeout, this.idleTimeout, this.contentTimeout, this.totalTimeout,
					this.wholeResponseTimeout, Math.toIntExact(this.maxEventSize.toBytes()), this.finishReasonRequired,
					new FinishReasons(this.failureFinishReasons));
		}

	}

	/**
	 * How failed calls are retried. A stream whose first event has come never is.
	 *
	 * @param maxRetries Maximum number of retries.
	 * @param initialDelay Wait before the first retry, doubled for each further one.
	 * @param maxDelay Maximum wait, unless the gateway asks for a longer one.
	 * @param maxRetryAfter Maximum wait that the gateway may ask for. If it asks for
	 * more, the call fails.
	 * @param failover Comma-separated list of further models, asked one after the other
	 * when the attempts of the one before are spent.
	 */
	public record Retry(@DefaultValue("2") int maxRetries, @DefaultValue("500ms") Duration initialDelay,
			@DefaultValue("8s") Duration maxDelay, @DefaultValue("60s") Duration maxRetryAfter,
			@DefaultValue List<String> failover) {

		void check(PropertyChecks checks) {
			checks.notNegative("retry.max-retries", this.maxRetries);
			checks.notNegative("retry.initial-delay", this.initialDelay);
			checks.notNegative("retry.max-delay", this.maxDelay);
			checks.notNegative("retry.max-retry-after", this.maxRetryAfter);
			this.failover.forEach((model) -> checks.notBlank("retry.failover", model));
		}

		RetryPolicy toPolicy() {
			return new RetryPolicy(this.maxRetries, this.initialDelay, this.maxDelay, this.maxRetryAfter);
		}

	}

	/**
	 * The HTTP client.
	 *
	 * @param connectTimeout Maximum time to connect. Unless set,
	 * "spring.http.clients.connect-timeout" if that is set, else 10 seconds.
	 * @param ssl Encryption.
	 * @param proxy Proxy on the way to the gateway.
	 * @param pool Connections of Reactor Netty, the HTTP client that is used as a rule.
	 */
	public record Http(@Nullable Duration connectTimeout, @DefaultValue Ssl ssl, @DefaultValue Proxy proxy,
			@DefaultValue Pool pool) {

		void check(PropertyChecks checks) {
			checks.positive("http.connect-timeout", this.connectTimeout);
			this.proxy.check(checks);
			this.pool.check(checks);
		}

		/**
		 * Encryption.
		 *
		 * @param bundle Name of the SSL bundle to use.
		 */
		public record Ssl(@Nullable String bundle) {
		}

		/**
		 * Proxy on the way to the gateway.
		 *
		 * @param host Host of the HTTP proxy. Unless set, the system's proxy settings
		 * apply.
		 * @param port Port of the proxy, 8080 unless set.
		 * @param username User name for the proxy. Only with Reactor Netty.
		 * @param password Password for the proxy.
		 */
		public record Proxy(@Nullable String host, @Nullable Integer port, @Nullable String username,
				@Nullable String password) {

			private static final Pattern HOST = Pattern
				.compile("[\\w.-]+|\\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\\]?");

			private static final int USUAL_PORT = 8080;

			void check(PropertyChecks checks) {
				boolean hasHost = StringUtils.hasText(this.host);
				if (this.port != null) {
					checks.port("http.proxy.port", this.port);
					if (!hasHost) {
						checks.refuse("http.proxy.port", this.port, needsHost(checks));
					}
				}
				if (this.username != null && !hasHost) {
					checks.refuse("http.proxy.username", this.username, needsHost(checks));
				}
				if (this.username != null && this.password == null) {
					checks.refuse("http.proxy.username", this.username,
							"A user needs a password. Set '" + checks.nameOf("http.proxy.password") + "' beside it.");
				}
				if (hasHost && !HOST.matcher(String.valueOf(this.host)).matches()) {
					checks.refuse("http.proxy.host", PropertyChecks.withoutSecrets(String.valueOf(this.host)),
							"It must be the name or the address of a host, without a scheme, a port or a path:"
									+ " the port has a property of its own.");
				}
			}

			private static String needsHost(PropertyChecks checks) {
				return "A proxy needs a host. Set '" + checks.nameOf("http.proxy.host")
						+ "' beside it, or leave both out.";
			}

			int portOrUsual() {
				return (this.port != null) ? this.port : USUAL_PORT;
			}

			/**
			 * Never tells the password.
			 */
			@Override
			public String toString() {
				return "Proxy[host=" + this.host + ", port=" + this.port + ", username=" + this.username + "]";
			}

		}

		/**
		 * Connections. Each stream keeps one to itself.
		 *
		 * @param maxConnections Maximum number of connections, and so the maximum number
		 * of streams at a time.
		 * @param maxPending Maximum number of calls that wait for a connection. Any
		 * further one fails at once.
		 * @param pendingTimeout Maximum time that a call waits for a connection.
		 * @param maxIdleTime How long an unused connection is kept.
		 * @param maxLifeTime How old a connection may be to serve another call.
		 */
		public record Pool(@DefaultValue("10000") int maxConnections, @DefaultValue("1000") int maxPending,
				@DefaultValue("10s") Duration pendingTimeout, @DefaultValue("30s") Duration maxIdleTime,
				@DefaultValue("10m") Duration maxLifeTime) {

			void check(PropertyChecks checks) {
				checks.positive("http.pool.max-connections", this.maxConnections);
				checks.positive("http.pool.max-pending", this.maxPending);
				checks.positive("http.pool.pending-timeout", this.pendingTimeout);
				checks.positive("http.pool.max-idle-time", this.maxIdleTime);
				checks.positive("http.pool.max-life-time", this.maxLifeTime);
			}

			ConnectionLimits toLimits() {
				return new ConnectionLimits(this.maxConnections, this.maxPending, this.pendingTimeout, this.maxIdleTime,
						this.maxLifeTime);
			}

		}

	}

	/**
	 * A further client. What it leaves open is as it is for the default client.
	 *
	 * @param apiKey API key to reach the gateway with.
	 * @param baseUrl Base URL of the gateway, with the version of its API.
	 * @param chat Defaults for chat requests.
	 * @param stream How streams are read and judged.
	 * @param retry How failed calls are retried.
	 * @param http The HTTP client.
	 */
	public record Client(@Nullable String apiKey, @Nullable String baseUrl, @Nullable Chat chat,
			@Nullable Stream stream, @Nullable Retry retry, @Nullable Http http) {

		/**
		 * Never tells the key.
		 */
		@Override
		public String toString() {
			return "Client[baseUrl=" + this.baseUrl + "]";
		}

	}

}
