package ai.apertis.autoconfigure;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

import ai.apertis.autoconfigure.ApertisProperties.Http;
import ai.apertis.client.connection.ConnectionPool;
import ai.apertis.client.connection.JdkConnector;
import io.netty.resolver.NoopAddressResolverGroup;
import org.jspecify.annotations.Nullable;
import reactor.netty.transport.ProxyProvider;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Creates the connectors to the gateway, each with connections of its own: from Spring
 * Boot's builder and settings, with those of {@code apertis.http} on top.
 */
final class ApertisConnectors implements AutoCloseable {

	private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

	private final ClientHttpConnectorBuilder<?> builder;

	private final HttpClientSettings settings;

	private final @Nullable SslBundles sslBundles;

	/** What closes the pools: their class needs Reactor Netty. */
	private final List<Runnable> closings = new CopyOnWriteArrayList<>();

	private volatile boolean closed;

	ApertisConnectors(ClientHttpConnectorBuilder<?> builder, HttpClientSettings settings,
			@Nullable SslBundles sslBundles) {
		this.builder = builder;
		this.settings = settings;
		this.sslBundles = sslBundles;
	}

	/**
	 * Check the settings of a connector.
	 * @param name the name of its pool in the meters
	 * @param checks refuses what no connector can be made of
	 * @return makes the connector, once
	 */
	Supplier<ClientHttpConnector> prepare(String name, Http http, PropertyChecks checks) {
		HttpClientSettings settings = settings(http, checks);
		boolean proxied = StringUtils.hasText(http.proxy().host());
		if (proxied && !(this.builder instanceof ReactorClientHttpConnectorBuilder)
				&& !(this.builder instanceof JdkClientHttpConnectorBuilder)) {
			throw new IllegalStateException("apertis.http.proxy is for Reactor Netty and the JDK's HTTP client:"
					+ " set the proxy with a ClientHttpConnectorBuilderCustomizer");
		}
		String proxy = "proxy at " + http.proxy().host() + ":" + http.proxy().portOrUsual() + " ("
				+ checks.nameOf("http.proxy.host") + ")";
		return SingletonSupplier.of(() -> proxied ? new ProxiedConnector(create(name, http, settings), proxy)
				: create(name, http, settings));
	}

	private ClientHttpConnector create(String name, Http http, HttpClientSettings settings) {
		if (this.builder instanceof ReactorClientHttpConnectorBuilder reactor) {
			return Reactor.create(reactor, settings, name, http, this::closeLater);
		}
		return (this.builder instanceof JdkClientHttpConnectorBuilder jdk) ? Jdk.create(jdk, settings, http.proxy())
				: this.builder.build(settings);
	}

	private void closeLater(Runnable closing) {
		this.closings.add(closing);
		if (this.closed) {
			closing.run();
		}
	}

	/**
	 * The application's read timeout is left out, as it would cut streams while a model
	 * thinks: {@code apertis.stream} has limits of its own. Redirects are not followed,
	 * as they could hand the key to another host.
	 */
	private HttpClientSettings settings(Http http, PropertyChecks checks) {
		HttpClientSettings own = HttpClientSettings.defaults()
			.withConnectTimeout(http.connectTimeout())
			.withRedirects(HttpRedirects.DONT_FOLLOW);
		String bundle = http.ssl().bundle();
		if (StringUtils.hasText(bundle)) {
			own = own.withSslBundle(sslBundle(bundle, checks));
		}
		HttpClientSettings all = own.orElse(this.settings).withReadTimeout(null);
		SslBundle ssl = all.sslBundle();
		if (ssl != null) {
			// what is wrong with it shows now, and not with the first call
			ssl.createSslContext();
		}
		return (all.connectTimeout() != null) ? all : all.withConnectTimeout(CONNECT_TIMEOUT);
	}

	private @Nullable SslBundle sslBundle(String name, PropertyChecks checks) {
		List<String> names = (this.sslBundles != null) ? this.sslBundles.getBundleNames() : List.of();
		if (!names.contains(name)) {
			checks.refuse("http.ssl.bundle", name,
					"There is no SSL bundle of that name; "
							+ (names.isEmpty() ? "there is none at all" : "there are " + names)
							+ ". Define it below spring.ssl.bundle.");
		}
		return (this.sslBundles != null) ? this.sslBundles.getBundle(name) : null;
	}

	@Override
	public void close() {
		this.closed = true;
		this.closings.forEach(Runnable::run);
	}

	/**
	 * Apart, as Reactor Netty need not be there.
	 */
	private static final class Reactor {

		static ClientHttpConnector create(ReactorClientHttpConnectorBuilder builder, HttpClientSettings settings,
				String name, Http http, Consumer<Runnable> closings) {
			ConnectionPool pool = new ConnectionPool(name, http.pool().toLimits());
			ClientHttpConnector connector = builder.withHttpClientFactory(pool::httpClient)
				.withHttpClientDefaults((client) -> client.proxyWithSystemProperties())
				.withHttpClientCustomizer((client) -> proxied(client, http.proxy()))
				.build(settings);
			closings.accept(pool::close);
			return connector;
		}

		private static reactor.netty.http.client.HttpClient proxied(reactor.netty.http.client.HttpClient client,
				Http.Proxy proxy) {
			String host = proxy.host();
			if (!StringUtils.hasText(host)) {
				return client;
			}
			// the proxy knows the gateway's address, this machine may not
			return client.resolver(NoopAddressResolverGroup.INSTANCE).proxy((spec) -> {
				ProxyProvider.Builder to = spec.type(ProxyProvider.Proxy.HTTP).host(host).port(proxy.portOrUsual());
				String username = proxy.username();
				String password = proxy.password();
				if (username != null && password != null) {
					to.username(username).password((user) -> password);
				}
			});
		}

	}

	private static final class Jdk {

		static ClientHttpConnector create(JdkClientHttpConnectorBuilder builder, HttpClientSettings settings,
				Http.Proxy proxy) {
			// the connector that is built hides its client
			AtomicReference<HttpClient.@Nullable Builder> client = new AtomicReference<>();
			ClientHttpConnector hiding = builder.withHttpClientCustomizer((httpClient) -> {
				if (StringUtils.hasText(proxy.host())) {
					httpClient.proxy(ProxySelector.of(new InetSocketAddress(proxy.host(), proxy.portOrUsual())));
				}
				client.set(httpClient);
			}).build(settings);
			HttpClient.Builder captured = client.get();
			return (captured != null) ? new JdkConnector(captured.build()) : hiding;
		}

	}

}
