package ai.apertis.autoconfigure;

import java.util.function.Supplier;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ApertisClientBuilder;
import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.EventMemory;
import ai.apertis.client.upstream.Upstream;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.core.env.Environment;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Creates the clients of the gateway: the default one, and those with a name.
 */
final class ApertisClients implements AutoCloseable {

	private final Environment environment;

	private final ObjectProvider<WebClient.Builder> webClient;

	private final ObjectProvider<ApertisConnectors> connectors;

	private final ObjectProvider<ApertisConnectionDetails> connectionDetails;

	private final ChatObservations observations;

	private final ObjectProvider<WebClientCustomizer> webClientCustomizers;

	private final ObjectProvider<ApertisClientCustomizer> customizers;

	private final EventMemory memory;

	private volatile boolean closed;

	ApertisClients(Environment environment, ObjectProvider<WebClient.Builder> webClient,
			ObjectProvider<ApertisConnectors> connectors, ObjectProvider<ApertisConnectionDetails> connectionDetails,
			ChatObservations observations, ObjectProvider<WebClientCustomizer> webClientCustomizers,
			ObjectProvider<ApertisClientCustomizer> customizers, EventMemory memory) {
		this.environment = environment;
		this.webClient = webClient;
		this.connectors = connectors;
		this.connectionDetails = connectionDetails;
		this.observations = observations;
		this.webClientCustomizers = webClientCustomizers;
		this.customizers = customizers;
		this.memory = memory;
	}

	/**
	 * Make the client of a name.
	 * @param name its name below {@code apertis.clients}
	 */
	ApertisClient named(String name) {
		NamedClientProperties named = NamedClientProperties.bind(this.environment, name);
		ApertisProperties properties = named.properties();
		String key = (named.ownApiKey() != null)
				? MissingApiKeyException.require("apertis.clients." + name + ".api-key", named.ownApiKey()) : null;
		ApertisConnectionDetails inherited = this.connectionDetails.getObject();
		String url = (named.ownBaseUrl() != null) ? named.ownBaseUrl() : inherited.getBaseUrl();
		ApertisConnectionDetails details = new ApertisConnectionDetails() {

			@Override
			public String getBaseUrl() {
				return url;
			}

			@Override
			public String getApiKey() {
				return (key != null) ? key : inherited.getApiKey();
			}

		};
		if (key == null) {
			requireKey(inherited);
		}
		PropertyChecks checks = new PropertyChecks(named::nameOf);
		if (named.ownBaseUrl() != null) {
			checks.baseUrl("base-url", named.ownBaseUrl());
		}
		return client(upstream("apertis-" + name, properties, details, checks), properties);
	}

	/**
	 * Fail early, and not with the first call. Whatever supplies the key otherwise may
	 * not have it yet.
	 */
	private static void requireKey(ApertisConnectionDetails details) {
		if (details instanceof PropertiesApertisConnectionDetails configured) {
			configured.getApiKey();
		}
	}

	/**
	 * Make the default client's exchange with the gateway.
	 */
	Upstream upstream(ApertisProperties properties, ApertisConnectionDetails details) {
		return upstream("apertis", properties, details, PropertyChecks.below("apertis"));
	}

	private Upstream upstream(String name, ApertisProperties properties, ApertisConnectionDetails details,
			PropertyChecks checks) {
		requireKey(details);
		if (details instanceof PropertiesApertisConnectionDetails configured) {
			checks.baseUrl("base-url", configured.getBaseUrl());
		}
		properties.check(checks);
		ApertisConnectors connectors = this.connectors.getIfAvailable();
		Supplier<ClientHttpConnector> connector = (connectors != null)
				? connectors.prepare(name, properties.http(), checks) : null;
		return new Upstream(() -> webClient(connector), details.getBaseUrl(), details::getApiKey,
				properties.toOptions(), this.memory, (setting) -> checks.name(SettingProperties.of(setting)));
	}

	/**
	 * Called by the first call: even the builder would make Spring Boot's own connector,
	 * which starts the threads of the event loops.
	 */
	private WebClient.Builder webClient(@Nullable Supplier<ClientHttpConnector> connector) {
		if (this.closed) {
			throw new ClientClosedException();
		}
		try {
			ClientHttpConnector own = (connector != null) ? connector.get() : null;
			WebClient.Builder builder = this.webClient.getIfUnique(this::customized).clone();
			return (own != null) ? builder.clientConnector(own) : builder;
		}
		catch (BeanCreationNotAllowedException ex) {
			// the application is about to stop
			throw new ClientClosedException();
		}
	}

	/**
	 * Where the application has several builders, none of them is meant for the gateway;
	 * what is to hold for all of them is.
	 */
	private WebClient.Builder customized() {
		WebClient.Builder builder = WebClient.builder();
		this.webClientCustomizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder;
	}

	/**
	 * The application stops: a client that has not been built yet is not built any more.
	 */
	@Override
	public void close() {
		this.closed = true;
	}

	/**
	 * Make a client.
	 */
	ApertisClient client(Upstream upstream, ApertisProperties properties) {
		ApertisClientBuilder builder = ApertisClient.builder().upstream(upstream).observations(this.observations);
		properties.chat().toParameters().forEach(builder::defaultParameter);
		this.customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

}
